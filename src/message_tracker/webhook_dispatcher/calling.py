"""One call: post, over a connection to the very address that was looked at, bounded in time.

A name is resolved once. Were it resolved again to connect, another answer could lead inside. So are
redirects not followed, proxies of the environment not asked, and of the answer only the status and
one header read.
"""

import socket
import ssl
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Event, Timer
from time import monotonic
from typing import Final

from message_tracker.core.domain.webhooks.target import Target, Unreachable, target_of
from message_tracker.core.domain.webhooks.verdict import Answer

Resolve = Callable[[str, int], list[str]]
"""Returns the addresses of a name, to connect to at a port."""

CONNECT_SECONDS: Final = 3.0
TOTAL_SECONDS: Final = 10.0

_MS: Final = 1000


class PinnedCaller:
    """Calls public hosts, and local ones that the settings name.

    Args:
        local_hosts: names that may be called on this machine, by http too.
        resolve: how names are resolved.
        tls: whose certificates are trusted; the system's by default.
        connect_seconds: until the connection stands.
        total_seconds: from then until the answer's headers are read, TLS included.
    """

    def __init__(
        self,
        *,
        local_hosts: Collection[str] = (),
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._local_hosts = local_hosts
        self._resolve = resolve or addresses_of
        self._tls = tls or ssl.create_default_context()
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds

    def call(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post the body once and return what came of it."""
        started = monotonic()
        try:
            response = self._post(target_of(url, self._local_hosts), body, headers)
        except Unreachable as error:
            return Answer(None, _since(started), error=f"the URL {error}")
        except (OSError, HTTPException, UnicodeError) as error:
            return Answer(None, _since(started), error=_reason(error))
        retry_after = response.headers.get("Retry-After")
        return Answer(response.status, _since(started), retry_after=retry_after)

    def _post(self, target: Target, body: bytes, headers: Mapping[str, str]) -> HTTPResponse:
        with socket.create_connection(
            (self._address_of(target), target.port), timeout=self._connect_seconds
        ) as plain:
            plain.settimeout(self._total_seconds)
            with _cut_after(self._total_seconds, plain), self._secured(plain, target) as stream:
                connection = HTTPConnection(target.host, target.port)
                connection.sock = stream
                connection.request(
                    "POST", target.path, body, {"Host": target.host_header, **headers}
                )
                return connection.getresponse()

    def _address_of(self, target: Target) -> str:
        """Return the address to connect to; refuse a name of which any address is not allowed."""
        addresses = self._resolve(target.host, target.port)
        if not addresses:
            raise Unreachable("names a host without an address")
        if not all(map(target.may_be_at, addresses)):
            raise Unreachable("names a host at an address that is not public")
        return addresses[0]

    @contextmanager
    def _secured(self, plain: socket.socket, target: Target) -> Iterator[socket.socket]:
        if target.is_secure:
            with self._tls.wrap_socket(plain, server_hostname=target.host) as stream:
                yield stream
        else:
            yield plain


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a name, IPv4 first: a function in AWS often has no IPv6."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    return [str(address[0]) for *_, address in found]


@contextmanager
def _cut_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    """Cut the connection when the block takes longer: a timeout is of one read, and there are many.

    A duplicate is cut, since TLS takes the socket itself over.
    """
    is_cut = Event()
    with connection.dup() as twin:

        def cut() -> None:
            is_cut.set()
            with suppress(OSError):  # the other side was faster
                twin.shutdown(socket.SHUT_RDWR)

        timer = Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, HTTPException):
            if not is_cut.is_set():
                raise
        finally:
            timer.cancel()
            timer.join()  # so that nobody else's descriptor is cut
    if is_cut.is_set():  # also where half an answer passed for a whole one
        raise TimeoutError


def _reason(error: Exception) -> str:
    """Return why there was no answer, as its receiver can use it."""
    match error:
        case TimeoutError():
            return "there was no answer in time"
        case socket.gaierror():
            return "the host's name was not resolved"
        case ssl.SSLCertVerificationError():
            return f"the certificate is not valid: {error.verify_message}"
        case _:
            return f"the connection failed: {type(error).__name__}"


def _since(started: float) -> int:
    return round((monotonic() - started) * _MS)
