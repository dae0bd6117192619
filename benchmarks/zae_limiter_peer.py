"""Runs the real zae-limiter, in an environment of its own: it needs another boto3 than ours."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from message_tracker.local.clients import REGION

_ROOT = Path(__file__).resolve().parent.parent
_LOCK = _ROOT / "requirements" / "peers.txt"
_HOME = _ROOT / "build" / "peers-venv"
_DRIVER = Path(__file__).with_name("zae_limiter_driver.py")
_INSTALL_SECONDS = 120
_MORE_SECONDS = 60  # for what a run takes beside its sends


class PeerUnavailable(Exception):
    """The library cannot be run here; the message says why."""


def environment(home: Path = _HOME, lock: Path = _LOCK) -> Path:
    """Return the interpreter of the environment, which is made if need be.

    Raises:
        PeerUnavailable: it cannot be made, as without a network.
    """
    python, made_from = home / "bin" / "python", home / "made-from.txt"
    if not made_from.exists() or made_from.read_bytes() != lock.read_bytes():
        uv = str(Path(sys.prefix, "bin", "uv"))
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)])
        install = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(python)]
        _run([*install, "-r", str(lock)])
        made_from.write_bytes(lock.read_bytes())
    return python


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(  # noqa: S603 - our own fixed commands
            command, check=True, capture_output=True, text=True, timeout=_INSTALL_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise PeerUnavailable(
            f"its environment could not be made: {type(error).__name__}"
        ) from error


def drive(
    python: Path, run: Mapping[str, object], *, seconds: int
) -> tuple[list[tuple[int, int, int]], dict[str, int]]:
    """Run the driver, and return its sends and its calls of DynamoDB.

    Args:
        python: the environment's interpreter.
        run: what the driver's `Run` says, but for the region and the seconds.
        seconds: how long it sends.

    Raises:
        PeerUnavailable: it failed.
    """
    argument = json.dumps({**run, "seconds": seconds, "region": REGION})
    try:
        done = subprocess.run(  # noqa: S603 - our own fixed command
            [python, _DRIVER, argument],
            env={"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "NO_PROXY": "*"},
            check=True,
            capture_output=True,
            text=True,
            timeout=seconds + _MORE_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise PeerUnavailable(f"its driver failed: {type(error).__name__}") from error
    answer = json.loads(done.stdout)
    return [(at, size, wait) for at, size, wait in answer["sends"]], answer["calls"]
