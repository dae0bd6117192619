"""When a request will be sent: what stands before it, at the present rate."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.estimate import Backlog, Estimate, estimate
from message_tracker.core.domain.intake import parse_submission
from message_tracker.core.domain.message import Channel, GroupState, Kind
from message_tracker.core.domain.submission import Submission

NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
RATES = {Channel.EMAIL: 10.0, Channel.TEXT: 45.0}
PHONE, MAIL = "+14254147755", "ann@example.com"
CAMPAIGN = {(Channel.TEXT, Kind.MARKETING): 45_000, (Channel.TEXT, Kind.TRANSACTIONAL): 450}


def submission(**request: object) -> Submission:
    body = {"to": PHONE, "message": "Hi", "subject": "Hi", **request}
    return parse_submission(body, rules=AddressRules(), now=NOW)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def estimated(
    backlog: Backlog | None = None, rates: Mapping[Channel, float] = RATES, **request: object
) -> Estimate:
    return estimate(submission(**request), backlog or Backlog(), rates, NOW)


def test_without_a_backlog_it_starts_at_once() -> None:
    assert estimated() == Estimate(NOW, after(1))


def test_marketing_waits_for_everything_before_it() -> None:
    assert estimated(Backlog(CAMPAIGN), kind="marketing").start_at == after(1010)


def test_transactional_messages_overtake_all_but_what_a_campaign_has_bought() -> None:
    assert estimated(Backlog(CAMPAIGN)).start_at == after(11)


def test_the_backlog_of_one_channel_does_not_delay_the_other() -> None:
    assert estimated(Backlog(CAMPAIGN), to=MAIL).start_at == NOW


def test_a_later_time_is_where_it_starts_unless_the_backlog_lasts_longer() -> None:
    backlog = Backlog(CAMPAIGN)

    late = estimated(backlog, kind="marketing", send_at="2030-01-31T10:00:00Z")
    soon = estimated(backlog, kind="marketing", send_at="2030-01-31T09:00:10Z")

    assert (late.start_at, soon.start_at) == (after(3600), after(1010))


def test_of_two_channels_it_starts_with_the_first_and_ends_with_the_last() -> None:
    both = estimated(Backlog({(Channel.TEXT, Kind.TRANSACTIONAL): 450}), to=[MAIL, PHONE])

    assert both == Estimate(NOW, after(11))


@pytest.mark.parametrize(
    ("backlog", "rates", "reason"),
    [
        (Backlog(parked=frozenset({Channel.TEXT})), RATES, "refuses everyone"),
        (Backlog(group=GroupState.PAUSED), RATES, "the group is paused"),
        (Backlog(), {**RATES, Channel.TEXT: 0.0}, "sending of SMS is paused"),
    ],
)
def test_while_nothing_is_sent_there_is_a_reason_and_no_time(
    backlog: Backlog, rates: Mapping[Channel, float], reason: str
) -> None:
    none = estimated(backlog, rates)

    assert (none.start_at, none.finish_at) == (None, None)
    assert none.reason is not None
    assert reason in none.reason


def test_one_parked_channel_leaves_the_end_open() -> None:
    half = estimated(Backlog(parked=frozenset({Channel.TEXT})), to=[MAIL, PHONE])

    assert (half.start_at, half.finish_at, half.reason is None) == (NOW, None, False)


@given(
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.floats(0.1, 1000),
    st.sampled_from([kind.value for kind in Kind]),
)
def test_it_never_ends_before_it_starts_nor_sooner_for_more_backlog(
    units: int, more: int, rate: float, kind: str
) -> None:
    rates = {**RATES, Channel.TEXT: rate}
    key = (Channel.TEXT, Kind.TRANSACTIONAL)

    less_first, more_first = (
        estimated(Backlog({key: ahead}), rates, kind=kind) for ahead in (units, units + more)
    )

    assert less_first.start_at is not None
    assert more_first.start_at is not None
    assert less_first.finish_at is not None
    assert NOW <= less_first.start_at <= more_first.start_at
    assert less_first.start_at < less_first.finish_at
