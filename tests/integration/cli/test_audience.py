"""`message-tracker audience`: a file becomes an audience, and no line of it is lost silently."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from message_tracker.cli import audience
from message_tracker.cli.main import program
from message_tracker.core.domain.errors import ConfigurationFault, PermanentError
from message_tracker.core.store.database import Database
from tests.http_api import ApiUnderTest, api_on


class InProcess:
    """The operator's client, without a network."""

    def __init__(self, api: ApiUnderTest) -> None:
        self.api = api
        self.posts: list[int] = []

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        return self.api.call("GET", path).json

    def put(self, path: str) -> Any:  # noqa: ANN401 - JSON
        return self.api.call("PUT", path).json

    def post(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        self.posts.append(len(body["members"]))
        answer = self.api.call("POST", path, body=json.dumps(body))
        assert answer.status == 200
        return answer.json


@pytest.fixture
def client(database: Database, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    made = InProcess(next(api_on(database)))
    monkeypatch.setattr(audience, "_client", lambda: made)
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["audience", *arguments])


def test_a_file_becomes_an_audience_and_twice_is_as_once(client: InProcess, tmp_path: Path) -> None:
    file = tmp_path / "spring.csv.gz"
    file.write_bytes(gzip.compress(b"email,phone,name\nann@example.com,425 414 7755,Ann\n"))

    first = run("import", str(file), "--name", "spring", "--region", "US")
    again = run("import", str(file), "--name", "spring", "--region", "US")

    assert "2 added, 0 updated, 0 lines refused" in first.output
    assert "0 added, 2 updated, 0 lines refused" in again.output
    assert [row["address"] for row in client.api.rows("audience_member")] == [
        "ann@example.com",
        "+14254147755",
    ]
    assert "spring" in run("list").output


def test_a_bad_line_refuses_the_file_and_is_named(client: InProcess, tmp_path: Path) -> None:
    file = tmp_path / "spring.csv"
    file.write_text("to\nann@example.com\nbob\n")

    refused = run("import", str(file), "--name", "spring")

    assert isinstance(refused.exception, PermanentError)
    assert "line 3: `to` is neither" in refused.output
    assert (client.posts, client.api.rows("audience")) == ([], [])


def test_the_good_lines_are_imported_on_request(client: InProcess, tmp_path: Path) -> None:
    file = tmp_path / "spring.ndjson"
    file.write_text('"ann@example.com"\nnonsense\n' * 150)

    result = run("import", str(file), "--name", "spring", "--partial")

    assert "1 added, 0 updated, 150 lines refused" in result.output
    assert "… and 50 more" in result.output
    assert client.posts == [150]


def test_requests_stay_within_what_the_api_takes(
    client: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "_MOST_MEMBERS", 3)
    monkeypatch.setattr(audience, "_MOST_BYTES", 200)
    file = tmp_path / "spring.csv"
    rows = [f"a{n}@example.com,{'x' * (120 if n > 3 else 1)}" for n in range(6)]
    file.write_text("\n".join(["to,note", *rows]))

    run("import", str(file), "--name", "spring")

    assert client.posts == [3, 1, 1, 1]


@pytest.mark.parametrize(("file", "name"), [("x.txt", "spring"), ("x.csv", "no name")])
def test_what_cannot_be_is_said_before_anything_is_done(
    tmp_path: Path, file: str, name: str
) -> None:
    (tmp_path / file).write_text("to\n")

    result = run("import", str(tmp_path / file), "--name", name)

    assert isinstance(result.exception, ConfigurationFault)
