"""The two Lambdas: importable without an environment, built from one, answering in parts."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from msgspec.structs import replace

from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.errors import ConfigurationFault, InvalidSettings, Unavailable
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.skew import Skew
from message_tracker.sender import handler as sender_handler
from message_tracker.sender.service import logger
from message_tracker.sender.sweeper import handler as sweeper_handler

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "MT_STAGE": "dev",
    "MT_DATABASE_URL": "postgresql://127.0.0.1/mt",
    "MT_LIMITER_TABLE": "limiter",
    "MT_EMAIL_FROM": "News <news@example.com>",
    "MT_EMAIL_CONFIGURATION_SET": "email",
    "MT_TEXT_ORIGINATION_IDENTITY": "+14255550100",
    "MT_TEXT_CONFIGURATION_SET": "text",
    "MT_EMAIL_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/email",
    "MT_EMAIL_BULK_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/email-bulk",
    "MT_TEXT_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/text",
    "MT_TEXT_BULK_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/text-bulk",
}


@dataclass
class Context(LambdaContext):
    """What Lambda tells a function of its invocation."""

    function_name: str = "sender"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:1:function:sender"
    aws_request_id: str = "request"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


class Recorder:
    """Takes the service's place."""

    def __init__(self) -> None:
        self.sent: list[tuple[SendChunk, datetime]] = []
        self.error: Exception | None = None

    def send(self, chunk: SendChunk, deadline: datetime) -> None:
        self.sent.append((chunk, deadline))
        if self.error:
            raise self.error

    def sweep(self, deadline: datetime) -> Counter[str]:
        return Counter(Enqueued=3, Unconfirmed=0)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(sender_handler, "sender", lambda: recorder)
    monkeypatch.setattr(sweeper_handler, "sweeper", lambda: recorder)
    return recorder


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    yield
    sender_handler.sender.cache_clear()
    sweeper_handler.sweeper.cache_clear()


def record(body: str, sqs_message_id: str) -> dict[str, str]:
    return {"messageId": sqs_message_id, "body": body, "eventSource": "aws:sqs"}


CHUNK = SendChunk(Channel.EMAIL, (new_id(),))


def test_a_chunk_is_sent_with_time_to_spare(service: Recorder) -> None:
    before = datetime.now(UTC)

    answer = sender_handler.handler({"Records": [record(CHUNK.to_json(), "1")]}, Context())

    [(chunk, deadline)] = service.sent
    assert {"batchItemFailures": []} == answer
    assert chunk == CHUNK
    assert timedelta(seconds=40) < deadline - before < timedelta(seconds=50)


def test_a_chunk_that_cannot_be_read_returns_alone(service: Recorder) -> None:
    records = [record("{", "1"), record(CHUNK.to_json(), "2")]

    answer = sender_handler.handler({"Records": records}, Context())

    assert {"batchItemFailures": [{"itemIdentifier": "1"}]} == answer
    assert [CHUNK] == [chunk for chunk, _ in service.sent]


def test_a_batch_that_fails_whole_returns_whole_and_tells_no_address(
    service: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    service.error = Unavailable("ada@example.com")

    answer = sender_handler.handler({"Records": [record(CHUNK.to_json(), "1")]}, Context())

    assert {"batchItemFailures": [{"itemIdentifier": "1"}]} == answer
    assert "Unavailable" in log.getvalue()
    assert "ada@example.com" not in log.getvalue()


def test_every_line_on_a_chunk_names_its_messages_and_the_request_they_came_of(
    service: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    ours = replace(CHUNK, request_id="made-up")
    records = [record(ours.to_json(), "1"), record("{", "2"), record(CHUNK.to_json(), "3")]

    sender_handler.handler({"Records": records}, Context())

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    message_ids = [str(message_id) for message_id in CHUNK.message_ids]
    assert [
        ("1", message_ids, "made-up"),
        ("2", None, None),
        ("3", message_ids, None),
    ] == [
        (line["sqs_message_id"], line.get("message_ids"), line.get("correlation_id"))
        for line in lines
    ]


def test_a_metric_has_its_service_and_its_stage() -> None:
    script = (
        "from message_tracker.core.observability import metrics\n"
        "found = metrics('sender')\n"
        "for _ in range(2):\n"
        "    found.add_metric(name='MessagesSent', unit='Count', value=1)\n"
        "    found.flush_metrics()\n"
    )

    printed = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script],
        check=True,
        env={"MT_STAGE": "prod", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=60,
    ).stdout

    lines = [json.loads(line) for line in printed.splitlines()]
    assert [("sender", "prod")] * 2 == [(line["service"], line["stage"]) for line in lines]
    assert [{"service", "stage"}] * 2 == [
        set(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) for line in lines
    ]


def test_a_sweep_answers_and_publishes_what_it_did(
    service: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = sweeper_handler.handler({}, Context())

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"Enqueued": 3, "Unconfirmed": 0} == answer
    assert [[3.0]] == [line["Enqueued"] for line in lines if "_aws" in line]


def test_an_invocation_tells_how_far_its_clock_is_off(
    service: Recorder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    skew = Skew()
    skew.learn(9_000_000, sent=2_000_000, received=2_000_000)
    monkeypatch.setattr(sender_handler, "skew", lambda: skew)

    sender_handler.handler({"Records": [record(CHUNK.to_json(), "1")]}, Context())

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [[7_000.0]] == [line["ClockSkewMs"] for line in lines if "ClockSkewMs" in line]


@pytest.mark.usefixtures("environment")
def test_both_services_are_built_from_the_environment_once() -> None:
    assert sender_handler.sender() is sender_handler.sender()
    assert sweeper_handler.sweeper() is sweeper_handler.sweeper()


@pytest.mark.parametrize("name", ["sender.handler", "sender.sweeper.handler"])
def test_a_handler_is_imported_without_an_environment(name: str) -> None:
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("MT_", "AWS_"))}  # noqa: TID251 - taken away

    subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", f"import message_tracker.{name}"], check=True, env=bare, timeout=60
    )


def without(monkeypatch: pytest.MonkeyPatch, channel: Channel) -> None:
    """Switch a channel off: nothing of it is in the environment."""
    (other,) = set(Channel) - {channel}
    monkeypatch.setenv("MT_CHANNELS", other)
    for name in ENVIRONMENT:
        if name.startswith(f"MT_{channel.upper()}_"):
            monkeypatch.delenv(name)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("channel", Channel)
def test_both_are_built_without_anything_of_a_channel_that_is_off(
    monkeypatch: pytest.MonkeyPatch, channel: Channel
) -> None:
    without(monkeypatch, channel)

    assert sender_handler.sender() is sender_handler.sender()
    assert sweeper_handler.sweeper() is sweeper_handler.sweeper()


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("missing", "build"),
    [
        ("MT_EMAIL_FROM", sender_handler.sender),
        ("MT_TEXT_CONFIGURATION_SET", sender_handler.sender),
        ("MT_EMAIL_BULK_QUEUE_URL", sweeper_handler.sweeper),
        ("MT_TEXT_QUEUE_URL", sweeper_handler.sweeper),
    ],
)
def test_what_a_channel_needs_is_named_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch, missing: str, build: Callable[[], object]
) -> None:
    monkeypatch.delenv(missing)

    with pytest.raises(InvalidSettings, match=rf"(?s){missing}.* out of MT_CHANNELS"):
        build()


@pytest.mark.usefixtures("environment")
def test_a_chunk_of_a_channel_that_is_off_returns_to_its_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without(monkeypatch, Channel.EMAIL)

    with pytest.raises(ConfigurationFault, match="MT_CHANNELS"):
        sender_handler.sender().send(CHUNK, datetime.now(UTC))
