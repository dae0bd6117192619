"""The twin's HTTP server: loopback only, HTTP/1.1 with kept connections, one thread for each."""

import http.server
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from message_tracker.local.ports import LOOPBACK
from message_tracker.local.twin.exchange import AwsError, Request, Response

# SES takes 40 MB after base64; nothing else here is larger.
_MAX_BODY: Final = 64 * 1024 * 1024
# Only names of this machine: a page elsewhere cannot read the inbox by rebinding its own name.
_OUR_NAMES: Final = frozenset({LOOPBACK, "localhost"})
_JOIN_SECONDS: Final = 5.0


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Answers every request with `answer`, until it is closed."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, answer: Callable[[Request], Response]) -> None:
        self.answer = answer
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__((LOOPBACK, port), _Handler)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.05,), name="twin-server", daemon=True
        )

    def open(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering and close every connection."""
        self.shutdown()
        self._thread.join(_JOIN_SECONDS)
        self.server_close()
        with self._connections_lock:
            connections = list(self._connections)
        for connection in connections:
            _shut_down(connection)

    def process_request_thread(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override] # narrower: TCP only
        """Serve one connection, and know of it while it lives."""
        with self._connections_lock:
            self._connections.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._connections_lock:
                self._connections.discard(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that has gone; anything else is a fault of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # typed for UDP


def _shut_down(connection: socket.socket) -> None:
    """Wake whoever reads from the connection; it may have been closed meanwhile."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _Handler(http.server.BaseHTTPRequestHandler):
    """Reads a request, has it answered, writes the answer in one piece."""

    protocol_version = "HTTP/1.1"
    server_version = "message-tracker-twin"
    sys_version = ""
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        given = self.headers.get("Content-Length") or "0"
        length = int(given) if given.isdecimal() else _MAX_BODY + 1
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        if length > _MAX_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._write(AwsError(413, "RequestEntityTooLarge", "the body is too large").response())
        elif host not in _OUR_NAMES:
            self.close_connection = True
            self._write(AwsError(403, "AccessDenied", "ask for 127.0.0.1").response())
        else:
            self._write(self.server.answer(self._request(length)))

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - http.server's names

    def _request(self, length: int) -> Request:
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )

    def _write(self, response: Response) -> None:
        """Send the answer, or close the connection without one when it is lost."""
        if response.is_lost:
            self.close_connection = True
            return
        headers = {
            "Content-Type": response.content_type,
            "Content-Length": str(len(response.body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            **({"Connection": "close"} if self.close_connection else {}),
            **response.headers,
        }
        status = HTTPStatus(response.status)
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        # One write: a head and a body apart would wait for each other's acknowledgment.
        self.wfile.write(head.encode("latin-1") + b"\r\n" + response.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Log nothing: requests hold addresses."""
