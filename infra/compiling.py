"""Compiling ahead, so that a cold start reads bytecode instead of making it.

The .pyc files are trusted unread (PEP 552, unchecked): a deployed source never changes under them.
Those that compare times would be ignored, since an archive does not keep the sources' times.
"""

import subprocess
from pathlib import Path


def compile_beside(python: Path, folder: Path) -> None:
    """Write the .pyc files of `folder` into __pycache__, the sources staying.

    Args:
        python: the interpreter to compile with, and for.
        folder: what to compile; it stands on sys.path.
    """
    _compile(python, folder)


def compile_in_place(python: Path, folder: Path) -> None:
    """Put a .pyc in the place of every source in `folder`.

    A traceback names files and lines all the same; it lacks their text.

    Args:
        python: the interpreter to compile with, and for.
        folder: what to compile; it stands on sys.path.
    """
    _compile(python, folder, "-b")
    for source in folder.rglob("*.py"):
        source.unlink()


def _compile(python: Path, folder: Path, *options: str) -> None:
    # In processes of its own, whose workers do not import the program that calls us; hashes with a
    # fixed seed, on which the order of some constants depends.
    subprocess.run(  # noqa: S603 - our own fixed command
        [
            python, "-m", "compileall", "-q", "-j", "0", *options,
            "--invalidation-mode", "unchecked-hash", "-s", str(folder), str(folder),
        ],
        check=True,
        env={"PYTHONHASHSEED": "0"},
    )  # fmt: skip
