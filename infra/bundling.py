"""The Lambda assets, built without Docker.

For AWS: our code and its locked dependencies for arm64, in one folder that serves every function.
For the local stage: our code alone, since the emulator unpacks an asset for every worker; the
dependencies are one folder beside it, shared by PYTHONPATH.

A folder is built again only when the lock, the sources or the target changed. Its name has no dot,
which CDK would take for the beginning of a file extension.
"""

import argparse
import hashlib
import logging
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from infra.config import ROOT

BUILD = ROOT / "build"
SOURCES = ROOT / "src" / "message_tracker"
LOCK = ROOT / "requirements" / "lambda.txt"
RUNTIME_VERSION = (3, 13)  # of the functions in AWS
# These run on an operator's machine, never in a function.
_OPERATORS_ONLY = ("cli", "local")
# Of 23 MB these are 21: names of places, carriers and time zones, which only lookups we never make
# would read (phonenumbers.geocoder, .carrier and .timezone).
_UNUSED = (
    "bin",
    ".lock",
    "phonenumbers/geodata",
    "phonenumbers/carrierdata",
    "phonenumbers/tzdata",
)

_logger = logging.getLogger(__name__)


def lambda_asset() -> Path:
    """Return the folder that AWS runs: dependencies for arm64, and our code."""
    target = ["--python-platform", "aarch64-manylinux_2_28"]
    version = "{}.{}".format(*RUNTIME_VERSION)

    def build(folder: Path) -> None:
        _install([*target, "--python-version", version], folder)
        _copy_sources(folder)
        # A .pyc is read by the version that wrote it and by no other, so another host ships none.
        if sys.version_info[:2] == RUNTIME_VERSION:
            _compile(folder)

    return _built("lambda-arm64", build, _inputs(LOCK, SOURCES), f"{target}{sys.version_info[:2]}")


def local_code() -> Path:
    """Return a folder with our code alone."""

    def build(folder: Path) -> None:
        _copy_sources(folder)
        _compile(folder)

    return _built("local-code", build, _inputs(SOURCES), str(sys.version_info[:2]))


def local_dependencies() -> Path:
    """Return a folder with the dependencies for this machine and this Python."""

    def build(folder: Path) -> None:
        _install(["--python", sys.executable], folder)
        _compile(folder)

    return _built("local-dependencies", build, _inputs(LOCK), f"{platform.platform()}{sys.version}")


def no_code() -> Path:
    """Return an empty folder, for templates that are looked at and never deployed."""
    folder = BUILD / "no-code"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


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


def _inputs(*origins: Path) -> list[Path]:
    return [path for origin in origins for path in (sources() if origin == SOURCES else [origin])]


def _built(name: str, build: Callable[[Path], None], inputs: Iterable[Path], target: str) -> Path:
    """Return `build/<name>`, built again if it is not of these inputs and this target."""
    folder, stamp = BUILD / name, BUILD / f"{name}.sha256"
    wanted = digest([*inputs, Path(__file__).resolve()], name, target)
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


def _install(target: list[str], folder: Path) -> None:
    """Install the locked dependencies into `folder` and drop what no function reads."""
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run(  # noqa: S603 - our own fixed command
        [
            uv, "pip", "install", "--quiet", "--target", str(folder), *target,
            "--only-binary", ":all:", "--require-hashes", "--link-mode", "copy",
            "--no-compile-bytecode", "--requirements", str(LOCK),
        ],
        check=True,
    )  # fmt: skip
    for unused in (folder / name for name in _UNUSED):
        if unused.is_dir():
            shutil.rmtree(unused)
        else:
            unused.unlink(missing_ok=True)


def _copy_sources(folder: Path) -> None:
    for path in sources():
        copy = folder / SOURCES.name / path.relative_to(SOURCES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _compile(folder: Path) -> None:
    """Write .pyc files that are trusted unread: a deployed source never changes under them."""
    # In a process of its own, whose workers do not import the program that calls us.
    subprocess.run(  # noqa: S603 - our own fixed command
        [
            sys.executable, "-m", "compileall", "-q", "-j", "0",
            "--invalidation-mode", "unchecked-hash", "-s", str(folder), str(folder),
        ],
        check=True,
    )  # fmt: skip


def main() -> None:
    """Build the asset for AWS and name its folder; or the folder the local stack shares."""
    parser = argparse.ArgumentParser(prog="python -m infra.bundling", description=main.__doc__)
    parser.add_argument("--local", action="store_true", help="dependencies for this machine")
    build = local_dependencies if parser.parse_args().local else lambda_asset
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    print(build())  # noqa: T201 - for a person and for scripts


if __name__ == "__main__":
    main()
