"""A provider's HTTP endpoint on loopback: it answers as told and keeps every request."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider answers; a status of None closes the connection without a word."""

    status: int | None = 200
    body: Mapping[str, Any] = field(default_factory=lambda: {"MessageId": "provider-1"})
    seconds: float = 0.0  # it thinks about it


def refusal(code: str, status: int = 400, **members: str) -> Answer:
    """Return an error of the service's model, with its members."""
    return Answer(status, {"__type": code, **members})


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived at the provider."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class ProviderStub:
    """The server; set `answer` before the call."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.requests: list[Request] = []
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stub.requests.append(Request(self.path, dict(self.headers), json.loads(body)))
                stub._over.wait(stub.answer.seconds)
                if stub.answer.status is None or stub.answer.seconds:
                    self.close_connection = True
                    return
                payload = json.dumps(stub.answer.body).encode()
                self.send_response(stub.answer.status)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
                """Keep the tests' output clean."""

        return Handler
