"""What becomes of a message, before a call and by the outcome of one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.backoff import MOST_ATTEMPTS, ceiling
from message_tracker.core.domain.errors import InvalidTemplate
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import (
    AttemptId,
    Channel,
    Content,
    ContentId,
    GroupId,
    Kind,
    MessageId,
    Personal,
    Recipient,
)
from message_tracker.core.domain.outcome import (
    Accepted,
    ChannelFault,
    OptedOut,
    Refused,
    Throttled,
    Unknown,
)
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.dispatch import ClaimedMessage, Deferred, Settled
from message_tracker.sender import verdict

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ATTEMPT = AttemptId(new_id())
MESSAGE = ClaimedMessage(
    message_id=MessageId(new_id()),
    group_id=GroupId(new_id()),
    channel=Channel.TEXT,
    kind=Kind.TRANSACTIONAL,
    recipient=Recipient(Personal("+14255550100"), {}),
    content=Content(ContentId(new_id()), None, None, "Hello", is_template=False),
    units=1,
    attempts=0,
    expires_at=None,
    suppression_reason=None,
)


def test_a_message_with_nothing_against_it_is_called() -> None:
    assert verdict.without_a_call(MESSAGE, NOW) is None


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (replace(MESSAGE, expires_at=NOW), MessageStatus.EXPIRED),
        (replace(MESSAGE, suppression_reason="BOUNCE"), MessageStatus.SUPPRESSED),
    ],
    ids=["expired", "suppressed"],
)
def test_what_stands_against_a_message_settles_it(
    message: ClaimedMessage, status: MessageStatus
) -> None:
    settlement = verdict.without_a_call(message, NOW)

    assert isinstance(settlement, Settled)
    assert (status, None) == (settlement.status, settlement.attempt_id)


def test_a_message_still_within_its_time_is_called() -> None:
    fresh = replace(MESSAGE, expires_at=NOW + timedelta(microseconds=1))

    assert verdict.without_a_call(fresh, NOW) is None


def test_an_accepted_message_is_sent_under_the_provider_s_id() -> None:
    settlement = verdict.of_outcome(MESSAGE, ATTEMPT, Accepted("sms-1"), now=NOW, fraction=0)

    sent = Settled(MESSAGE.message_id, ATTEMPT, MessageStatus.SENT, NOW, "sms-1")
    assert sent == settlement


def test_only_an_event_can_tell_of_an_unknown_outcome() -> None:
    assert verdict.of_outcome(MESSAGE, ATTEMPT, Unknown("timeout"), now=NOW, fraction=0) is None


@given(attempts=st.integers(0, 30), fraction=st.floats(0, 1, exclude_max=True), permanent=...)
def test_a_refusal_is_deferred_while_attempts_are_left_and_trying_again_helps(
    attempts: int, fraction: float, *, permanent: bool
) -> None:
    tried = replace(MESSAGE, attempts=attempts)
    refused = Refused("sms/INTERNAL", "later", permanent)

    settlement = verdict.of_outcome(tried, ATTEMPT, refused, now=NOW, fraction=fraction)

    if permanent or attempts + 1 >= MOST_ATTEMPTS:
        assert isinstance(settlement, Settled)
        assert (MessageStatus.FAILED, "sms/INTERNAL") == (settlement.status, settlement.cause)
    else:
        assert isinstance(settlement, Deferred)
        assert settlement.is_attempt
        assert NOW <= settlement.due_at <= NOW + ceiling(attempts + 1)


@given(st.integers(0, 1000), st.floats(0, 1, exclude_max=True))
def test_throttling_is_never_an_attempt_and_never_fails(attempts: int, fraction: float) -> None:
    tried = replace(MESSAGE, attempts=attempts)

    settlement = verdict.of_outcome(tried, ATTEMPT, Throttled("rate"), now=NOW, fraction=fraction)

    assert isinstance(settlement, Deferred)
    assert not settlement.is_attempt
    assert NOW < settlement.due_at


@given(st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, exclude_categories=())))
def test_a_recorded_detail_is_what_postgres_can_keep(detail: str) -> None:
    settled = verdict.of_template(MESSAGE, InvalidTemplate(detail), NOW)

    assert isinstance(settled, Settled)
    assert settled.cause_detail is not None
    assert "\0" not in settled.cause_detail
    assert settled.cause_detail == settled.cause_detail.encode().decode()
    assert len(settled.cause_detail) <= 1000


@given(attempts=st.integers(0, 30), fraction=st.floats(0, 1, exclude_max=True))
def test_a_fault_of_the_channel_is_never_an_attempt_and_never_fails(
    attempts: int, fraction: float
) -> None:
    tried = replace(MESSAGE, attempts=attempts)
    fault = ChannelFault("sms/ACCOUNT_DISABLED", "no")

    settlement = verdict.of_outcome(tried, ATTEMPT, fault, now=NOW, fraction=fraction)

    assert Deferred(MESSAGE.message_id, ATTEMPT, due_at=NOW) == settlement


def test_an_opted_out_recipient_is_suppressed() -> None:
    settlement = verdict.of_outcome(
        MESSAGE, ATTEMPT, OptedOut("sms/OPTED_OUT", "STOP"), now=NOW, fraction=0
    )

    assert isinstance(settlement, Settled)
    assert (MessageStatus.SUPPRESSED, "sms/OPTED_OUT", "OPT_OUT") == (
        settlement.status, settlement.cause, settlement.suppress_as,
    )  # fmt: skip


@given(rounds=st.integers(0, 10_000), fraction=st.floats(0, 1, exclude_max=True))
def test_cooling_down_grows_to_a_bound(rounds: int, fraction: float) -> None:
    wait, longer = (verdict.cool_down(number, fraction) for number in (rounds, rounds + 1))

    assert timedelta(seconds=1) <= wait <= longer <= timedelta(seconds=32)
