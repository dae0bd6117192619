"""`message-tracker messages`, against the API behind a server on the loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from typer.testing import CliRunner, Result

from message_tracker.api import export
from message_tracker.cli.main import program
from message_tracker.core.store.database import Database
from tests.http_api import ApiUnderTest, api_on, http_event

MAIL = {"to": [f"{name}@example.com" for name in "abc"], "subject": "S", "message": "M"}


@pytest.fixture
def api(database: Database) -> Iterator[ApiUnderTest]:
    yield from api_on(database)


@contextmanager
def served(api: ApiUnderTest) -> Iterator[str]:
    """Serve the API's GETs and give its URL."""

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            event = http_event("GET", self.path, headers=dict(self.headers.items()))
            answer = api.app.resolve(event, cast("LambdaContext", object()))
            self.send_response(answer["statusCode"])
            for name, value in answer["headers"].items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer["body"].encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run(api: ApiUnderTest, *arguments: str) -> Result:
    with served(api) as url:
        environment = {"MT_API_URL": url, "MT_API_KEY": api.key, "COLUMNS": "200"}
        return CliRunner().invoke(program, ["messages", *arguments], env=environment)


def test_messages_are_shown_as_a_table(api: ApiUnderTest) -> None:
    api.send(MAIL)

    shown = run(api, "--to", "b@example.com", "--status", "queued").output

    assert "b@example.com" in shown
    assert "a@example.com" not in shown


def test_messages_are_printed_as_json_up_to_the_limit(
    api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = api.send(MAIL).json["message_ids"]
    monkeypatch.setattr(export, "MOST_IN_A_PIECE", 1)

    lines = run(api, "--json", "--limit", "2").output.splitlines()

    assert [json.loads(line)["message_id"] for line in lines] == sorted(sent, reverse=True)[:2]


def test_an_export_follows_its_pieces_to_the_end(
    api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.send({**MAIL, "group": "spring"})
    monkeypatch.setattr(export, "MOST_IN_A_PIECE", 1)

    lines = run(api, "--export", "csv", "--group", "spring").output.splitlines()

    assert lines[0].startswith("message_id,group_id,group,")
    assert len(lines) == 4
