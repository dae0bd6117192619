"""Make `.venv` (and the emulator's bare environment beside it) from the lock files.

Runs on the machine's own `python3` with nothing installed, so it imports the standard library
only. Every step says what it does; each installs with `--require-hashes`.
"""

import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAIN = ROOT / ".venv"
# Handlers run on the emulator's interpreter: its environment holds nothing they could borrow.
EMULATOR = MAIN / "emulator"
OLDEST_PYTHON = (3, 11)


def main() -> int:
    """Build both environments and mark them ready; say how long it took."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        print(
            f"Message Tracker needs Python 3.11 or newer; {sys.executable} is {found}.\n"
            "Run `make setup PYTHON=/path/to/python3.12`.",
            file=sys.stderr,
        )
        return 1
    started = time.monotonic()
    say(f"Setting up .venv with Python {sys.version.split()[0]} (once; about a minute)")
    create(MAIN)
    pip = [bin_of(MAIN, "pip"), "install", "--quiet", "--require-hashes"]
    step("the installer", [*pip, "-r", lock("bootstrap")])
    install("libraries, tools and tests", MAIN, "dev")
    uv = [bin_of(MAIN, "uv"), "pip", "install", "--quiet", "--python", python(MAIN)]
    run([*uv, "--no-deps", "--editable", str(ROOT)])
    create(EMULATOR)
    install("the AWS emulator", EMULATOR, "emulator")
    if shutil.which("node") is None:
        install("node, for CDK (this machine has none)", MAIN, "node")
    (MAIN / ".ready").touch()
    say(f"Set up in {time.monotonic() - started:.0f} s")
    return 0


def create(home: Path) -> None:
    """Create an empty virtual environment at `home`, replacing one of another Python."""
    if not Path(python(home)).exists():
        venv.create(home, with_pip=home == MAIN, symlinks=os.name != "nt")


def install(what: str, home: Path, group: str) -> None:
    """Install the locked `group` into the environment at `home`."""
    uv = [bin_of(MAIN, "uv"), "pip", "install", "--require-hashes", "--python", python(home)]
    # A person watches the downloads; a log needs no list of packages.
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    step(what, [*uv, *quiet, "-r", lock(group)])


def step(what: str, command: list[str]) -> None:
    """Run one command and say what it is for."""
    say(f"  installing {what} …")
    run(command)


def run(command: list[str]) -> None:
    """Run a command; leave with its exit code when it fails."""
    done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603 - our own fixed commands
    if done.returncode:
        print(f"Setting up failed at: {' '.join(command)}", file=sys.stderr)
        sys.exit(done.returncode)


def bin_of(home: Path, name: str) -> str:
    """Return the path of a command in the environment at `home`."""
    return str(home / ("Scripts" if os.name == "nt" else "bin") / name)


def python(home: Path) -> str:
    """Return the interpreter of the environment at `home`."""
    return bin_of(home, "python")


def lock(group: str) -> str:
    """Return the path of one lock file."""
    return str(ROOT / "requirements" / f"{group}.txt")


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
