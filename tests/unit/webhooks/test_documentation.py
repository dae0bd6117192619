"""docs/callbacks.md tells every type, with an example that the code would post."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from message_tracker.core.domain.cause import OwnCause
from message_tracker.core.domain.events.vocabulary import EventType
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.domain.webhooks.callback import Callback, CallbackMessage, CallbackType
from message_tracker.core.domain.webhooks.verdict import MOST_ATTEMPTS

PAGE = (Path(__file__).parents[3] / "docs" / "callbacks.md").read_text("utf-8")
EXAMPLES: list[dict[str, Any]] = [
    json.loads(block) for block in re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)
]


def test_the_page_lists_the_types_of_the_code_in_order() -> None:
    listed = re.findall(r"^\| `(message\.\w+|webhook\.\w+)` \|", PAGE, re.MULTILINE)

    assert [each.value for each in CallbackType] == listed


def test_every_type_has_an_example() -> None:
    assert [each.value for each in CallbackType] == [each["type"] for each in EXAMPLES]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each["type"])
def test_an_example_is_what_the_code_posts(example: Mapping[str, Any]) -> None:
    data = dict(example["data"])
    message = None
    if data:
        data |= {name: UUID(data[name]) for name in ("message_id", "group_id")}
        message = CallbackMessage(**data)
    occurred_at = datetime.fromisoformat(example["timestamp"])
    callback = Callback(uuid4(), example["type"], example["sequence"], occurred_at, message)

    assert example == json.loads(callback.body())


@pytest.mark.parametrize(
    "data", [each["data"] for each in EXAMPLES if each["data"]], ids=lambda each: each["status"]
)
def test_an_example_says_what_an_event_or_we_ourselves_can_say(data: Mapping[str, Any]) -> None:
    assert data["status"] is None or data["status"] in set(MessageStatus)
    if data["event_type"] is None:
        own = {*OwnCause, None, "sender/DeadLetter"}
        assert data["cause"] in own or data["cause"].startswith("suppression/")
    else:
        assert data["event_type"] in set(EventType)


def test_a_callback_for_every_status_that_an_event_or_we_can_bring() -> None:
    told = {each.value.removeprefix("message.") for each in CallbackType}
    waiting = {"scheduled", "queued", "sending"}

    assert {status.value for status in MessageStatus} - waiting <= told


def test_the_page_counts_the_tries() -> None:
    assert 11 == MOST_ATTEMPTS
    assert "After eleven tries" in PAGE
