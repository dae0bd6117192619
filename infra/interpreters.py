"""Another version of Python on this machine, to compile for: a .pyc is read by its own alone."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# Where pyenv and uv keep what they installed: on no PATH, or behind a shim that refuses.
_KEPT = (
    (".pyenv/versions", "{}.*/bin/python"),
    (".local/share/uv/python", "cpython-{}*/bin/python3"),
)
_ASK = "import sys; print('{}.{}'.format(*sys.version_info))"


@cache
def interpreter(version: str) -> Path | None:
    """Return a Python of `version` ("3.13") that runs here, or None if there is none."""
    return next((path for path in _candidates(version) if _version(path) == version), None)


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield Path(on_path)
    for folder, pattern in _KEPT:
        yield from sorted(Path.home().joinpath(folder).glob(pattern.format(version)), reverse=True)


def _version(python: Path) -> str:
    """Return what it says it is; nothing if it does not run."""
    asked = subprocess.run(  # noqa: S603 - a Python found by its name, asked for its version
        [python, "-I", "-c", _ASK], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()
