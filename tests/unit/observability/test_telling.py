"""Errors reach Sentry where a stage names one, with nothing in them that names a person."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from aws_lambda_powertools import Logger

import message_tracker
from message_tracker.api import http
from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.observability import logger, tell, telling, tells_errors
from message_tracker.core.observability.telling import _sentry
from message_tracker.sender import handler as sender_handler
from tests.failed_messages import a_context
from tests.unit.observability.sentry_receiver import SentryReceiver, sentry_receiver

PERSONS = ["jane.doe@example.com", "+14255550155", "Your code is 4711"]
SOURCES = Path(message_tracker.__file__).parent


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    _sentry.cache_clear()
    yield
    _sentry.cache_clear()


@pytest.fixture
def sentry(monkeypatch: pytest.MonkeyPatch) -> Iterator[SentryReceiver]:
    with sentry_receiver() as running:
        monkeypatch.setenv("SENTRY_DSN", running.dsn)
        monkeypatch.setenv("MT_STAGE", "prod")
        monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "sender")
        yield running


class ProviderError(Exception):
    """An error that tells all it knows."""


def fail(recipient: str, number: str) -> NoReturn:
    text = "Your code is 4711"
    context = {"to": recipient, "text": text}
    nobody: dict[str, str] = {}
    try:
        found = nobody[recipient]
    except KeyError as error:
        error.add_note(f"of {number}")
        raise ProviderError(f"{recipient} refused: {text}", number, context) from error
    raise ProviderError(found)


@tells_errors
def failing(_event: dict[str, Any], _context: object) -> str:
    logger("sender").set_correlation_id("request-7")
    logger("sender").warning("about to fail")
    fail("jane.doe@example.com", "+14255550155")


def test_an_error_of_a_handler_arrives_and_names_nobody(sentry: SentryReceiver) -> None:
    event = {"to": "jane.doe@example.com", "message": "Your code is 4711"}

    with pytest.raises(ProviderError):
        failing(event, a_context())

    [told] = sentry.events
    [cause, error] = told["exception"]["values"]
    assert ("KeyError", "ProviderError") == (cause["type"], error["type"])
    assert "fail" == error["stacktrace"]["frames"][-1]["function"]
    assert {"stage": "prod", "function": "test", "correlation_id": "request-7"} == told["tags"]
    assert ("prod", "error") == (told["environment"], told["level"])
    [envelope] = sentry.envelopes
    assert [] == [person for person in PERSONS if person.encode() in envelope]
    assert b"4711" not in envelope


def test_nothing_stands_in_an_event_but_what_is_on_the_list(sentry: SentryReceiver) -> None:
    with pytest.raises(ProviderError):
        failing({}, a_context())

    [told] = sentry.events
    frames = [
        frame for each in told["exception"]["values"] for frame in each["stacktrace"]["frames"]
    ]
    assert told.keys() <= {
        *("event_id", "timestamp", "level", "platform", "environment", "tags", "sdk", "exception")
    }
    assert {"type", "module", "stacktrace"} == {
        key for each in told["exception"]["values"] for key in each
    }
    assert {key for frame in frames for key in frame} <= {
        *("filename", "module", "function", "lineno", "in_app")
    }


def test_an_error_is_told_once_however_far_up_it_comes(sentry: SentryReceiver) -> None:
    @tells_errors
    @telling()
    def handler(_event: dict[str, Any], _context: object) -> None:
        raise ProviderError

    for _ in range(2):
        with pytest.raises(ProviderError):
            handler({}, a_context())

    assert 2 == len(sentry.events)  # one of each invocation


def test_an_error_that_ends_inside_is_told_before_the_invocation_ends(
    sentry: SentryReceiver,
) -> None:
    @tells_errors
    def handler(_event: dict[str, Any], _context: object) -> int:
        try:
            fail("jane.doe@example.com", "+14255550155")
        except ProviderError as error:
            tell(error)
        return 500

    assert 500 == handler({}, a_context())
    assert ["ProviderError"] == [told["exception"]["values"][-1]["type"] for told in sentry.events]


def test_a_handler_that_fails_at_nothing_tells_nothing(sentry: SentryReceiver) -> None:
    @tells_errors
    def handler(event: dict[str, Any], _context: object) -> int:
        return len(event)

    assert 1 == handler({"a": 1}, a_context())
    assert [] == sentry.envelopes


def test_a_chunk_that_returns_to_its_queue_is_told_of(
    sentry: SentryReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_sender() -> NoReturn:
        fail("jane.doe@example.com", "+14255550155")

    monkeypatch.setattr(sender_handler, "sender", no_sender)
    body = (
        '{"channel": "email", "message_ids": ["01939b7c-7f2e-7a51-9c1d-2f8e6a5b4c3d"],'
        ' "request_id": "request-9"}'
    )
    record = {"messageId": "1", "body": body, "attributes": {}, "receiptHandle": "r"}

    answer = sender_handler.handler(
        {"Records": [{**record, "eventSource": "aws:sqs", "eventSourceARN": "arn:q"}]}, a_context()
    )

    assert {"batchItemFailures": [{"itemIdentifier": "1"}]} == answer
    [told] = sentry.events
    assert "request-9" == told["tags"]["correlation_id"]


def test_an_unexpected_error_of_the_api_is_told_of(sentry: SentryReceiver) -> None:
    @tells_errors
    def handler(_event: dict[str, Any], _context: object) -> int:
        try:
            fail("jane.doe@example.com", "+14255550155")
        except ProviderError as error:
            return http._unexpected(error).status_code

    assert 500 == handler({}, a_context())
    assert 1 == len(sentry.events)


def test_a_sentry_that_is_out_of_reach_costs_the_answer_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with sentry_receiver() as gone:
        monkeypatch.setenv("SENTRY_DSN", gone.dsn)

    with pytest.raises(ProviderError):
        failing({}, a_context())


def test_without_a_dsn_nothing_of_sentry_is_loaded() -> None:
    program = (
        "import sys\n"
        "from message_tracker.core.observability import tell, tells_errors\n"
        "tell(ValueError())\n"
        "assert 1 == tells_errors(lambda event, context: 1)({}, None)\n"
        "assert 'sentry_sdk' not in sys.modules"
    )

    subprocess.run(  # noqa: S603 - our own fixed program
        [sys.executable, "-c", program], check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )


def test_a_package_that_is_missing_is_named_with_its_extra(
    sentry: SentryReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    monkeypatch.delitem(sys.modules, "message_tracker.core.observability.sentry", raising=False)

    with pytest.raises(ConfigurationFault, match=r"message-tracker\[sentry\]"):
        failing({}, a_context())

    assert [] == sentry.envelopes


def test_a_dsn_that_is_none_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRY_DSN", "http://secret@/nowhere")

    with pytest.raises(ConfigurationFault, match="SENTRY_DSN") as caught:
        failing({}, a_context())

    assert "secret" not in str(caught.value)


def test_every_lambda_tells_of_its_errors_before_anything_else() -> None:
    outermost: dict[str, str] = {}
    for path in SOURCES.rglob("handler.py"):
        functions = [
            one for one in ast.parse(path.read_text()).body if isinstance(one, ast.FunctionDef)
        ]
        [found] = [one for one in functions if one.name == "handler"]
        outermost[str(path.relative_to(SOURCES))] = ast.unparse(found.decorator_list[0])

    assert len(outermost) >= 12
    assert {"tells_errors"} == {name.rpartition(".")[2] for name in outermost.values()}


@pytest.fixture(autouse=True)
def no_correlation() -> Iterator[None]:
    yield
    Logger("sender").remove_keys(["correlation_id"])
