"""A text that could not be reached for a time is sent once more, if the stage wants it."""

from datetime import timedelta
from uuid import UUID

import pytest

from message_tracker.core.domain.message import Channel, GroupState
from message_tracker.core.domain.outcome import OptedOut, Refused
from message_tracker.core.store.books import BooksStore
from tests.fakes import FakeTextProvider
from tests.outbox import NOW, Outbox

QUARTER = timedelta(minutes=15)

_FAIL = """
WITH failed AS (
    UPDATE message_state SET status = 'undelivered', cause = %(type)s, is_final = true
     WHERE message_id = %(message_id)s
)
INSERT INTO message_event (event_key, occurred_at, received_at, message_id, channel, event_type,
                           status, is_final, cause)
VALUES (gen_random_uuid(), %(now)s, %(now)s, %(message_id)s, 'text', %(type)s, 'undelivered',
        %(is_final)s, %(type)s)
"""


@pytest.fixture
def texts(outbox: Outbox) -> Outbox:
    outbox.resends_texts = True
    return outbox


def a_failed_text(
    outbox: Outbox,
    event_type: str = "TEXT_CARRIER_UNREACHABLE",
    *,
    is_final: bool = True,
    group_id: UUID | None = None,
    ttl: timedelta | None = None,
) -> UUID:
    [message_id] = outbox.accept(channel=Channel.TEXT, group_id=group_id, ttl=ttl)
    outbox.send([message_id], Channel.TEXT)
    fail(outbox, message_id, event_type, is_final=is_final)
    return message_id


def fail(outbox: Outbox, message_id: UUID, event_type: str, *, is_final: bool = True) -> None:
    parameters = {"message_id": message_id, "type": event_type, "is_final": is_final}
    outbox.database.fetch(_FAIL, {**parameters, "now": outbox.clock.now()})


def run(outbox: Outbox) -> None:
    outbox.sweep()
    outbox.deliver()


@pytest.mark.parametrize("event_type", ["TEXT_CARRIER_UNREACHABLE", "TEXT_UNREACHABLE"])
def test_a_text_that_could_not_be_reached_is_sent_once_more_after_a_while(
    texts: Outbox, event_type: str
) -> None:
    message_id = a_failed_text(texts, event_type)
    run(texts)
    early = len(texts.calls())
    texts.clock.advance(QUARTER)

    run(texts)

    first, second = texts.text.calls
    assert 1 == early
    assert (message_id, message_id) == (first.message_id, second.message_id)
    assert first.attempt_id != second.attempt_id
    assert ("undelivered", 2) == (texts.status(message_id), texts.state(message_id)["attempts"])
    assert texts.dispatch(message_id) is None


def test_a_delivery_of_the_second_overrules_the_failure_of_the_first(texts: Outbox) -> None:
    message_id = a_failed_text(texts)
    run(texts)
    texts.clock.advance(QUARTER)
    run(texts)

    texts.event(message_id, "delivered", Channel.TEXT)

    assert "delivered" == texts.status(message_id)


def test_a_text_is_never_sent_a_third_time(texts: Outbox) -> None:
    message_id = a_failed_text(texts)
    for _ in range(4):
        run(texts)
        texts.clock.advance(QUARTER)
        fail(texts, message_id, "TEXT_UNREACHABLE")

    assert 2 == len(texts.calls())


def test_by_default_nothing_is_sent_again(outbox: Outbox) -> None:
    a_failed_text(outbox)
    run(outbox)
    outbox.clock.advance(QUARTER)

    run(outbox)

    assert 1 == len(outbox.calls())


@pytest.mark.parametrize(
    ("event_type", "is_final"),
    [("TEXT_BLOCKED", True), ("TEXT_SPAM", True), ("TEXT_CARRIER_UNREACHABLE", False)],
)
def test_what_is_for_good_or_not_yet_over_is_not_sent_again(
    texts: Outbox, event_type: str, *, is_final: bool
) -> None:
    a_failed_text(texts, event_type, is_final=is_final)
    run(texts)
    texts.clock.advance(QUARTER)

    run(texts)

    assert 1 == len(texts.calls())


def test_a_text_that_would_expire_or_whose_group_is_stopped_is_not_sent_again(
    texts: Outbox,
) -> None:
    group_id = texts.group()
    a_failed_text(texts, ttl=QUARTER)
    a_failed_text(texts, group_id=group_id)
    texts.order(group_id, GroupState.STOPPED)
    run(texts)
    texts.clock.advance(QUARTER)

    run(texts)

    assert 2 == len(texts.calls())


def test_a_second_sending_that_is_refused_leaves_the_failure_as_it_was(texts: Outbox) -> None:
    message_id = a_failed_text(texts)
    run(texts)
    texts.text = FakeTextProvider([Refused("sms/CANNOT_PARSE", "no", permanent=True)])
    texts.clock.advance(QUARTER)

    run(texts)

    state = texts.state(message_id)
    assert ("undelivered", "TEXT_CARRIER_UNREACHABLE") == (state["status"], state["cause"])
    assert texts.dispatch(message_id) is None
    assert BooksStore(texts.database).read().gaps == ()


def test_an_opted_out_recipient_is_suppressed_and_not_called_again(outbox: Outbox) -> None:
    cause = "sms/DESTINATION_PHONE_NUMBER_OPTED_OUT"
    outbox.text = FakeTextProvider([OptedOut(cause, "Opted out")])
    [first] = outbox.accept(channel=Channel.TEXT)
    outbox.send([first], Channel.TEXT)
    [second] = outbox.accept(channel=Channel.TEXT)

    outbox.send([second], Channel.TEXT)

    [row] = outbox.database.fetch("SELECT * FROM suppression")
    assert ("text", "+14255560000", "OPT_OUT", cause) == (
        row["channel"], row["address"], row["reason"], row["cause"],
    )  # fmt: skip
    assert NOW <= row["created_at"]
    assert [first] == outbox.calls()
    assert [("suppressed", cause), ("suppressed", "suppression/OPT_OUT")] == [
        (outbox.status(message_id), outbox.state(message_id)["cause"])
        for message_id in (first, second)
    ]
