"""Loopback ports: a free one when nobody cares, a clear refusal when a wished-for one is taken."""

import errno
import socket
from typing import Final

from message_tracker.core.domain.errors import ConfigurationFault

LOOPBACK: Final = "127.0.0.1"


class PortInUse(ConfigurationFault):
    """Something else already listens on the port that was asked for."""

    def __init__(self, port: int, what: str) -> None:
        super().__init__(
            f"port {port} for {what} is already in use: "
            "stop what listens there, or leave the port out and a free one is chosen"
        )
        self.port = port


def claim_port(wanted: int | None, what: str) -> int:
    """Return `wanted` after seeing that it is free, or any free port when it is None.

    Nothing is reserved: the caller binds next. `what` names the server in the error.

    Raises:
        PortInUse: `wanted` is taken.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: a port in TIME_WAIT after the last run is free to take.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wanted or 0))
        except OSError as error:
            if wanted is None or error.errno != errno.EADDRINUSE:
                raise
            raise PortInUse(wanted, what) from error
        port: int = probe.getsockname()[1]
        return port
