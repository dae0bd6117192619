"""What the canary says of an API that answers one way or another."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from typer.testing import CliRunner

from message_tracker.cli import canary
from message_tracker.cli.main import program
from message_tracker.core.domain.errors import PermanentError, Unavailable

CREATED = "2026-05-01T12:00:00+00:00"


class Api:
    """An API by which texts take one way, and e-mails another."""

    def __init__(self, *looks: Mapping[str, Any] | Exception, refuses_texts: bool = False) -> None:
        self.sent: list[Mapping[str, Any]] = []
        self._looks = list(looks)
        self._refuses_texts = refuses_texts

    def post(self, path: str, body: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        if self._refuses_texts and body["to"].startswith("+"):
            raise PermanentError("403: the key may not send SMS")
        self.sent.append(body)
        return {"message_ids": [f"id-{len(self.sent)}"]}

    def get(self, path: str) -> Mapping[str, Any]:
        look = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        if isinstance(look, Exception):
            raise look
        return look


def seen(status: str, *, sent: int | None = None, delivered: int | None = None) -> dict[str, Any]:
    def at(seconds: int | None) -> str | None:
        return None if seconds is None else f"2026-05-01T12:00:{seconds:02}+00:00"

    cause = "ses/MessageRejected" if status == "failed" else None
    return {
        "status": status,
        "created_at": CREATED,
        "sent_at": at(sent),
        "delivered_at": at(delivered),
        "cause": cause,
    }


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary, "_POLL_SECONDS", 0.001)


def fly(
    monkeypatch: pytest.MonkeyPatch, api: Api, *options: str
) -> tuple[int, list[dict[str, Any]]]:
    monkeypatch.setattr(canary, "ApiClient", lambda *_: api)
    result = CliRunner().invoke(program, ["canary", "--json", "--within", "1", *options])
    return result.exit_code, json.loads(result.output)


def test_only_simulators_are_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(seen("delivered", sent=1, delivered=2))

    fly(monkeypatch, api)

    assert ["success@simulator.amazonses.com", "+14254147755"] == [each["to"] for each in api.sent]


def test_the_seconds_to_each_moment_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(seen("queued"), seen("sent", sent=1), seen("delivered", sent=1, delivered=3))

    code, [flight] = fly(monkeypatch, api, "--channel", "email")

    assert 0 == code
    assert (1.0, 3.0) == (flight["sent_after"], flight["delivered_after"])


def test_a_failure_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    code, [flight] = fly(monkeypatch, Api(seen("failed")), "--channel", "email", "--within", "60")

    assert 1 == code
    assert ("failed", "ses/MessageRejected") == (flight["status"], flight["why"])


def test_a_refused_channel_does_not_hide_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(seen("delivered", sent=1, delivered=2), refuses_texts=True)

    code, [email, text] = fly(monkeypatch, api)

    assert 1 == code
    assert ("delivered", "not accepted") == (email["status"], text["status"])
    assert "may not send SMS" in text["why"]


def test_a_look_that_fails_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(Unavailable("down"), seen("delivered", sent=1, delivered=2))

    code, [flight] = fly(monkeypatch, api, "--channel", "text")

    assert 0 == code
    assert "" == flight["why"]
