"""The Lambda assets, built without Docker.

For AWS: our code and its locked dependencies for arm64, in one folder that serves every function,
compiled ahead, and the same bytes whenever and wherever the same inputs are built. What few need,
and is large, is a layer of theirs.
For the local stage: our code alone, since the emulator unpacks an asset for every worker; the
dependencies are one folder beside it, shared by PYTHONPATH.

A folder is built again only when the lock, the sources or the target changed. Its name has no dot,
which CDK would take for the beginning of a file extension.
"""

import argparse
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.compiling import compile_beside, compile_in_place
from infra.config import ROOT
from infra.interpreters import interpreter
from infra.pruning import prune

BUILD = ROOT / "build"
SOURCES = ROOT / "src" / "message_tracker"
LOCK = ROOT / "requirements" / "lambda.txt"
SENTRY_LOCK = ROOT / "requirements" / "sentry.txt"  # the same, and what tells Sentry of errors
RUNTIME = "3.13"  # the Python of the functions in AWS
# These run on an operator's machine, never in a function.
_OPERATORS_ONLY = ("cli", "local")
# What decides how an asset comes out of its inputs.
_BUILDERS = tuple(
    Path(__file__).resolve().with_name(name)
    for name in ("bundling.py", "compiling.py", "pruning.py")
)
# A third of all, for the two functions that seal secrets or verify signatures: they get it as a
# layer, from the folder of it that Lambda puts on their path.
_LAYERED = ("cryptography", "_cffi_backend.*")
_LAYERS_FOLDER = "python"
_FILE_MODE = 0o644
_FOLDER_MODE = 0o755
# The first moment a zip can name, in local time: what CDK puts in place of a file's own.
_MOMENT = time.mktime((1980, 1, 1, 0, 0, 0, 0, 1, -1))

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LambdaCode:
    """The folders that a stage's functions run.

    Args:
        functions: of every function.
        cryptography: besides, of those that seal secrets or verify signatures; None where it is
            among the dependencies.
    """

    functions: Path
    cryptography: Path | None


def lambda_code(lock: Path = LOCK) -> LambdaCode:
    """Return what AWS runs: our code and the dependencies of `lock`, for arm64.

    It is compiled if this machine has a Python of the functions' version. If not, every cold start
    compiles what it imports, and this says so.
    """
    target = ("--python-platform", "aarch64-manylinux_2_28", "--python-version", RUNTIME)
    python = interpreter(RUNTIME)
    if python is None:
        _logger.warning(
            "no Python %s is on this machine, so the functions' code is not compiled and they"
            " start slowly: install one (uv python install %s) and build again",
            RUNTIME,
            RUNTIME,
        )
    return _code("lambda-arm64", target, python, lock)


def host_code(lock: Path = LOCK) -> LambdaCode:
    """Return the same for this machine and this Python: what tests and measurements can run."""
    target = ("--python", sys.executable)
    return _code(f"lambda-{platform.machine()}-host", target, Path(sys.executable), lock)


def local_code() -> Path:
    """Return a folder with our code alone."""

    def build(folder: Path) -> None:
        _copy_sources(folder)
        compile_beside(Path(sys.executable), folder)

    return _built("local-code", build, _inputs(SOURCES), str(sys.version_info[:2]))


def local_dependencies() -> Path:
    """Return a folder with the dependencies for this machine and this Python."""

    def build(folder: Path) -> None:
        _install(("--python", sys.executable), LOCK, folder)
        compile_beside(Path(sys.executable), folder)

    return _built("local-dependencies", build, _inputs(LOCK), f"{platform.platform()}{sys.version}")


def no_code(*, has_layer: bool = True) -> LambdaCode:
    """Return an empty folder, for templates that are looked at and never deployed."""
    folder = BUILD / "no-code"
    folder.mkdir(parents=True, exist_ok=True)
    return LambdaCode(folder, folder if has_layer else None)


def digest(paths: Iterable[Path], *salt: str) -> str:
    """Return a hash of the files' names below the repository, their contents, and `salt`."""
    found = hashlib.sha256("\0".join(salt).encode())
    for path in sorted(paths):
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def sources() -> list[Path]:
    """Return the files of our code that a function may need."""
    return [
        path
        for path in SOURCES.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.relative_to(SOURCES).parts[0] not in _OPERATORS_ONLY
    ]


def megabytes(folder: Path) -> float:
    """Return the size of the files in `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _code(name: str, target: Sequence[str], python: Path | None, lock: Path) -> LambdaCode:
    built_for = f"{target}{python}{platform.platform()}"

    def functions(folder: Path) -> None:
        _install(target, lock, folder)
        for path in _layered(folder):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        _copy_sources(folder)
        _finish(python, folder)

    def layer(folder: Path) -> None:
        with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
            _install(target, lock, Path(scratch))
            (folder / _LAYERS_FOLDER).mkdir(parents=True)
            for path in _layered(Path(scratch)):
                path.rename(folder / _LAYERS_FOLDER / path.name)
        _finish(python, folder)

    return LambdaCode(
        _built(name, functions, _inputs(lock, SOURCES), built_for),
        _built(f"{name}-cryptography", layer, [lock], built_for),
    )


def _layered(folder: Path) -> list[Path]:
    return [path for pattern in _LAYERED for path in folder.glob(pattern)]


def _finish(python: Path | None, folder: Path) -> None:
    """Compile what is in the folder, if there is something to compile with, and settle it."""
    if python:
        compile_in_place(python, folder)
    _settle(folder)


def _inputs(*origins: Path) -> list[Path]:
    return [path for origin in origins for path in (sources() if origin == SOURCES else [origin])]


def _built(name: str, build: Callable[[Path], None], inputs: Iterable[Path], target: str) -> Path:
    """Return `build/<name>`, built again if it is not of these inputs and this target."""
    folder, stamp = BUILD / name, BUILD / f"{name}.sha256"
    wanted = digest([*inputs, *_BUILDERS], name, target)
    if folder.is_dir() and stamp.exists() and stamp.read_text() == wanted:
        return folder
    started = time.monotonic()
    BUILD.mkdir(exist_ok=True)
    # Built beside its place and moved there whole: a build that breaks off leaves no half of it.
    with tempfile.TemporaryDirectory(dir=BUILD, prefix=f"{name}-") as scratch:
        build(Path(scratch, "new"))
        stamp.unlink(missing_ok=True)
        if folder.exists():
            folder.rename(Path(scratch, "old"))
        Path(scratch, "new").rename(folder)
    stamp.write_text(wanted)
    seconds = time.monotonic() - started
    _logger.info("built %s: %.1f MB in %.1f s", folder, megabytes(folder), seconds)
    return folder


def _install(target: Sequence[str], lock: Path, folder: Path) -> None:
    """Install the locked dependencies into `folder`, without what no function reads."""
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run(  # noqa: S603 - our own fixed command
        [
            uv, "pip", "install", "--quiet", "--target", str(folder), *target,
            "--only-binary", ":all:", "--require-hashes", "--link-mode", "copy",
            "--no-compile-bytecode", "--requirements", str(lock),
        ],
        check=True,
    )  # fmt: skip
    prune(folder)


def _copy_sources(folder: Path) -> None:
    for path in sources():
        copy = folder / SOURCES.name / path.relative_to(SOURCES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _settle(folder: Path) -> None:
    """Give every file the mode and the time that it has wherever it is built."""
    for path in folder.rglob("*"):
        path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)
        os.utime(path, (_MOMENT, _MOMENT))


def main() -> None:
    """Build what AWS runs and name its folders; or the folder the local stack shares."""
    parser = argparse.ArgumentParser(prog="python -m infra.bundling", description=main.__doc__)
    parser.add_argument("--local", action="store_true", help="dependencies for this machine")
    is_local = parser.parse_args().local
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if is_local:
        print(local_dependencies())  # noqa: T201 - for a person and for scripts
        return
    code = lambda_code()
    print(code.functions, code.cryptography, sep="\n")  # noqa: T201 - the same


if __name__ == "__main__":
    main()
