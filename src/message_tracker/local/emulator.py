"""The AWS emulator as a child process: loopback only, its own temporary folder, gone at the end.

The emulator lives in a bare virtual environment beside ours, because Lambda handlers run on its
interpreter: what is not in their bundle must be missing there as well.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM
from typing import Final

from message_tracker.core.domain.errors import ConfigurationFault, Unavailable
from message_tracker.local.ports import LOOPBACK, claim_port
from message_tracker.local.processes import stop_group

_LAUNCHER: Final = Path(__file__).with_name("emulator_launcher.py")
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 5.0
_ASK_SECONDS: Final = 5.0
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# The services the provider twin answers instead of the emulator (botocore's own variables).
_TWIN_SERVICES: Final = ("SESV2", "PINPOINT_SMS_VOICE_V2", "FIREHOSE")
_DENIALS_PATH: Final = "/_message-tracker/denials"  # the launcher's


class EmulatorFailed(Unavailable):
    """The emulator did not start; the message ends with its own last words."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator: where it answers and where it writes its log."""

    port: int
    log_path: Path

    @property
    def endpoint_url(self) -> str:
        """The `endpoint_url` of every AWS client."""
        return f"http://{LOOPBACK}:{self.port}"

    def http_api_url(self, api_id: str) -> str:
        """Return the base URL of an API Gateway HTTP API's `$default` stage."""
        return f"{self.endpoint_url}/_aws/execute-api/{api_id}/$default"

    def denials(self) -> list[str]:
        """Return what callers were refused for want of a permission, each once."""
        return self._denials("GET")

    def forget_denials(self) -> list[str]:
        """Return the denials, and begin anew."""
        return self._denials("DELETE")

    def _denials(self, method: str) -> list[str]:
        request = urllib.request.Request(self.endpoint_url + _DENIALS_PATH, method=method)  # noqa: S310 - loopback
        with _DIRECT.open(request, timeout=_ASK_SECONDS) as answer:
            denials: list[str] = json.load(answer)
        return denials


@contextlib.contextmanager
def emulator(
    port: int | None = None,
    *,
    twin_url: str | None = None,
    pythonpath: Path | None = None,
    log_path: Path | None = None,
    python: Path | None = None,
    checks_permissions: bool = False,
) -> Iterator[Emulator]:
    """Run the emulator for the length of the block.

    Args:
        port: the loopback port; a free one when None.
        twin_url: where handlers find SES, SMS and Firehose; the emulator itself when None.
        pythonpath: a folder of unpacked dependencies that all handlers share, so that a cold start
            does not unpack its own copy.
        log_path: where the emulator's log goes; its temporary folder (gone at the end) when None.
        python: the interpreter of the emulator's environment; the one `make setup` made when None.
        checks_permissions: let each function do only what its role's policies allow. Our own
            clients are the account's root, which may do everything.

    Raises:
        PortInUse: `port` is taken.
        EmulatorFailed: the emulator did not come up.
        ConfigurationFault: the emulator is not installed.
    """
    python = python or Path(sys.prefix, "emulator", "bin", "python")
    if not python.exists():
        raise ConfigurationFault(f"there is no emulator at {python}: run `make setup`")
    port = claim_port(port, "the AWS emulator")
    with tempfile.TemporaryDirectory(
        prefix="message-tracker-aws-", ignore_cleanup_errors=True
    ) as scratch:
        running = Emulator(port, log_path or Path(scratch, "emulator.log"))
        environment = _environment(port, Path(scratch), twin_url, pythonpath)
        environment["AUTH"] = str(checks_permissions).lower()  # the emulator's own switch
        with _process(python, environment, running):
            yield running


def _environment(
    port: int, scratch: Path, twin_url: str | None, pythonpath: Path | None
) -> dict[str, str]:
    """Return the whole environment: it leaks into handlers, so nothing of ours is passed on."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(scratch),  # nobody's ~/.aws
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "DOCKER_HOST": "unix:///nonexistent",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_WARM_TTL_SECONDS": "60",
    }
    if pythonpath is not None:
        environment["PYTHONPATH"] = str(pythonpath.resolve())
    if twin_url is not None:
        environment |= {f"AWS_ENDPOINT_URL_{service}": twin_url for service in _TWIN_SERVICES}
    return environment


@contextlib.contextmanager
def _process(python: Path, environment: dict[str, str], running: Emulator) -> Iterator[None]:
    """Run the emulator's process group for the length of the block."""
    with running.log_path.open("wb") as log:
        # A session of its own: Ctrl-C reaches us alone, and we stop the group when all is done.
        process = subprocess.Popen(  # noqa: S603 - fixed command
            [python, _LAUNCHER],
            env=environment,
            cwd=environment["TMPDIR"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, running)
        yield
    finally:
        stop_group(process, ask_with=SIGTERM, patience_seconds=_STOP_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], running: Emulator) -> None:
    """Poll the emulator's health page until it answers."""
    deadline = time.monotonic() + _START_SECONDS
    health = urllib.request.Request(f"{running.endpoint_url}/_ministack/health")  # noqa: S310 - loopback http
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            _DIRECT.open(health, timeout=2).close()
            return
        time.sleep(0.02)
    last_words = running.log_path.read_text(errors="replace")[-2000:].strip()
    raise EmulatorFailed(f"the AWS emulator did not start: {last_words}")
