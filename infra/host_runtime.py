"""A function's surroundings on this machine: Python, the asset, boto3, and nothing else.

Lambda's runtime brings boto3 and what boto3 needs; here they are lent from the project's own
environment, whose other packages stay out of reach.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from infra.bundling import BUILD, host_code

_RUNTIMES_OWN = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")


class HostRuntime:
    """Runs programs as a function would be run, each in a process of its own."""

    def __init__(self) -> None:
        self._code = host_code()
        self._runtimes_own = _runtimes_own()

    def run(
        self,
        program: Path,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        has_layer: bool = False,
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program of ours; its first argument are the folders of its path.

        Args:
            program: a file.
            arguments: the others that it takes.
            environment: all that it has.
            has_layer: whether it finds cryptography.
        """
        folders = [self._code.functions, self._runtimes_own]
        if has_layer:
            folders += [path / "python" for path in (self._code.cryptography,) if path]
        path = os.pathsep.join(map(str, folders))
        # Isolated (-I, -S): neither the environment's packages nor PYTHON… variables.
        return subprocess.run(  # noqa: S603 - this Python, and a program of ours
            [sys.executable, "-I", "-S", program, path, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )


def _runtimes_own() -> Path:
    """Return a folder with links to what the runtime brings."""
    folder = BUILD / "runtimes-own"
    folder.mkdir(parents=True, exist_ok=True)
    for name in _RUNTIMES_OWN:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{name} is not installed: run `make setup`")
        origin = Path(spec.origin)
        installed = origin.parent if origin.name == "__init__.py" else origin
        link = folder / installed.name
        if not link.is_symlink() or link.resolve() != installed:
            link.unlink(missing_ok=True)
            link.symlink_to(installed)
    return folder
