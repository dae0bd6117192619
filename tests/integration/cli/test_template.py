"""`message-tracker template`: a file becomes a version, which can be looked at and tried."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from message_tracker.cli import template
from message_tracker.cli.main import program
from message_tracker.core.domain.errors import PermanentError
from message_tracker.core.store.database import Database
from tests.http_api import ApiUnderTest, HttpAnswer, api_on


class InProcess:
    """The operator's client, without a network."""

    def __init__(self, api: ApiUnderTest) -> None:
        self.api = api

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        return _checked(self.api.call("GET", path))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        return _checked(self.api.call("POST", path, body=json.dumps(body)))


def _checked(answer: HttpAnswer) -> Any:  # noqa: ANN401 - JSON
    if answer.status >= 400:
        raise PermanentError(str(answer.json))
    return answer.json


@pytest.fixture(autouse=True)
def client(database: Database, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    made = InProcess(next(api_on(database)))
    monkeypatch.setattr(template, "_client", lambda: made)
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["template", *arguments])


def test_a_file_becomes_a_version_of_its_name(tmp_path: Path) -> None:
    file = tmp_path / "otp.json"
    file.write_text('{"message": "Code {{ code }}"}')

    first, again = run("push", str(file)), run("push", str(file))
    file.write_text('{"message": "Your code: {{ code }}"}')
    changed, other = run("push", str(file)), run("push", str(file), "--name", "pin")

    assert first.output == again.output == "otp version 1\n"
    assert changed.output == "otp version 2\n"
    assert other.output == "pin version 1\n"
    listed = run("list").output
    assert "otp" in listed
    assert "pin" in listed


def test_a_version_is_shown_and_tried(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{"name": "otp", "message": "Code {{ code }}"}')
    run("push", str(file))

    shown = json.loads(run("show", "otp", "--version", "1").output)
    filled = json.loads(run("preview", "otp", "--data", '{"code": 42}').output)

    assert shown["variables"] == ["code"]
    assert filled["message"] == "Code 42"
    assert run("show", "otp").exit_code == 0
    assert run("preview", "otp", "--version", "2").exit_code == 1


@pytest.mark.parametrize("data", ["{", "[]"])
def test_what_is_no_json_object_is_named(data: str) -> None:
    result = run("preview", "otp", "--data", data)

    assert isinstance(result.exception, PermanentError)
    assert "--data is no JSON" in str(result.exception)
