"""What the local stack needs of the checkout it runs in: the synthesized template and the code."""

import subprocess
import sys
from pathlib import Path
from typing import Self

from message_tracker.core.domain.errors import ConfigurationFault

_SYNTH_SECONDS = 300


def checkout() -> Path:
    """Return the repository's root, where `infra/` and `examples/` lie."""
    root = Path(__file__).resolve().parents[3]
    if not (root / "infra").is_dir():
        raise ConfigurationFault("the local stack needs a checkout: clone the repository")
    return root


class Synthesis:
    """The template of the local stage, synthesized in a process of its own while others start."""

    def __init__(self) -> None:
        self._out = checkout() / "build" / "cdk-local"
        self._process = subprocess.Popen(  # noqa: S603 - our own fixed command
            [sys.executable, "-m", "infra.synth", "--stage", "local", "--out", str(self._out)],
            cwd=checkout(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def wait(self) -> Path:
        """Return the cloud assembly when it is there."""
        _, said = self._process.communicate(timeout=_SYNTH_SECONDS)
        if self._process.returncode:
            raise ConfigurationFault(f"synthesizing the local template failed:\n{said}")
        return self._out


def synthesized(stage: str) -> Path:
    """Return the template of a stage of cdk.json, made without the functions' code if need be.

    Raises:
        ConfigurationFault: it cannot be made; the message is CDK's own.
    """
    out = checkout() / "build" / f"template-{stage}"
    command = [sys.executable, "-m", "infra.synth", "--stage", stage, "--without-code"]
    done = subprocess.run(  # noqa: S603 - our own fixed command; the stage is one argument of it
        [*command, "--out", str(out)], cwd=checkout(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ConfigurationFault(f"synthesizing stage {stage!r} failed:\n{done.stderr}")
    return out / "MessageTracker.template.json"


def dependencies() -> Path:
    """Return the folder of the Lambdas' dependencies for this machine, built if need be."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.bundling", "--local"],
        cwd=checkout(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ConfigurationFault(f"installing the Lambdas' dependencies failed:\n{done.stderr}")
    return Path(done.stdout.splitlines()[-1])
