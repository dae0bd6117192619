"""Replies to texts, as a two-way number publishes them to a topic."""

import json
from typing import Any

import pytest

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.replies import STOP_WORDS
from tests.unit.events.records import parse


def notified(body: object, **changed: object) -> dict[str, Any]:
    reply = {
        "originationNumber": "+14255550182",
        "destinationNumber": "+12025550147",
        "messageKeyword": "KEYWORD_4",
        "messageBody": body,
        "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84",
        "previousPublishedMessageId": "5b7e3d10-2f64-4c8b-9a3e-71d0c2f4a698",
        **changed,
    }
    return {
        "Type": "Notification",
        "MessageId": "3f0c7a1e-94d2-5b68-a1f7-2e8d6c4b0957",
        "TopicArn": "arn:aws:sns:eu-north-1:210987654321:replies",
        "Message": json.dumps(reply),
        "Timestamp": "2026-03-02T09:15:03.400Z",
    }


@pytest.mark.parametrize("word", [*sorted(STOP_WORDS), "Stop", " STOP. ", "ARRET!"])
def test_a_stop_suppresses_whom_the_text_was_for(word: str) -> None:
    event = parse(notified(word))

    assert {"suppress": "OPT_OUT"} == event.details
    assert "STOP" == event.cause
    assert "5b7e3d10-2f64-4c8b-9a3e-71d0c2f4a698" == event.provider_message_id
    assert event.status is None


@pytest.mark.parametrize("body", ["please do not stop", "Yes", "", None, 7, "😀"])
def test_other_words_change_nothing_and_are_not_kept(body: object) -> None:
    event = parse(notified(body))

    assert {} == event.details
    assert event.cause is None


def test_the_same_reply_is_the_same_event_whatever_notification_brings_it() -> None:
    first = notified("STOP")
    again = {**first, "MessageId": "another"}

    assert parse(first) == parse(again)


def test_a_reply_without_a_time_is_kept_aside() -> None:
    with pytest.raises(Unparseable, match="time"):
        parse_event(json.dumps({**notified("STOP"), "Timestamp": None}).encode())


@pytest.mark.parametrize("name", ["originationNumber", "inboundMessageId"])
def test_what_names_no_reply_or_nobody_is_no_reply(name: str) -> None:
    with pytest.raises(Unparseable, match="neither"):
        parse_event(json.dumps(notified("STOP", **{name: None})).encode())
