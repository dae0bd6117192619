"""What the store calls a failure of a period, and how it sums failures up."""

from datetime import UTC, datetime, timedelta

import pytest

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.period import Period
from message_tracker.core.domain.period_failures import NamedCount, PeriodFailures
from message_tracker.core.domain.status import FAILURES, MessageStatus
from message_tracker.core.store.database import Database
from message_tracker.core.store.dead_letters import DeadLetter, DeadLetterStore
from message_tracker.core.store.reports import ReportStore
from tests.failed_messages import IN_PERIOD, Ledger

DAY = Period(datetime(2026, 8, 31, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))
BEFORE = Period(DAY.start - timedelta(days=1), DAY.start)
OWN_FAILURES = ["expired", "suppressed", "failed", "unconfirmed"]
TOLD_FAILURES = ["rejected", "undelivered", "bounced", "complained"]


@pytest.fixture
def reports(database: Database) -> ReportStore:
    return ReportStore(database)


def found_in(reports: ReportStore) -> PeriodFailures:
    return reports.failures(DAY, BEFORE)


def test_the_two_kinds_of_failures_are_all_there_are() -> None:
    assert {*FAILURES} == {MessageStatus(name) for name in OWN_FAILURES + TOLD_FAILURES}


def test_an_empty_period_has_no_failures(reports: ReportStore) -> None:
    found = found_in(reports)

    assert (0, ()) == (found.accepted, found.causes)
    assert [] == list(reports.each_failure(DAY))


@pytest.mark.parametrize("status", TOLD_FAILURES)
def test_what_an_event_told_is_a_failure(reports: ReportStore, ledger: Ledger, status: str) -> None:
    message_id = ledger.bounced(MessageStatus(status), "cause")

    listed = list(reports.each_failure(DAY))

    assert [(message_id, status, "cause")] == [
        (one.message_id, one.status, one.cause) for one in listed
    ]


@pytest.mark.parametrize("status", OWN_FAILURES)
def test_what_we_gave_up_is_a_failure(reports: ReportStore, ledger: Ledger, status: str) -> None:
    ledger.message(MessageStatus(status), cause="sender/Expired", failed_at=IN_PERIOD)

    found = found_in(reports)

    assert [("sender/Expired", 1, IN_PERIOD)] == [
        (cause.cause, cause.count, cause.first_at) for cause in found.causes
    ]


def test_a_failure_counts_when_it_becomes_known_and_a_period_is_half_open(
    reports: ReportStore, ledger: Ledger
) -> None:
    instants = [DAY.start - timedelta(seconds=1), DAY.start, DAY.end - timedelta(seconds=1)]
    for at in (*instants, DAY.end):
        ledger.bounced(received_at=at)
        ledger.message(MessageStatus.FAILED, failed_at=at)

    found = found_in(reports)

    assert 4 == found.total


def test_what_was_delivered_after_all_is_no_failure(reports: ReportStore, ledger: Ledger) -> None:
    delivered = ledger.message(MessageStatus.DELIVERED)
    ledger.event(delivered, MessageStatus.UNDELIVERED, "Bounce/Transient/General")

    found = found_in(reports)

    assert 0 == found.total


def test_what_was_revived_is_no_failure(reports: ReportStore, ledger: Ledger) -> None:
    revived = ledger.message(MessageStatus.QUEUED, failed_at=IN_PERIOD)
    ledger.dispatch(revived)

    found = found_in(reports)

    assert 0 == found.total


def test_a_message_counts_once_for_the_worst_that_was_told(
    reports: ReportStore, ledger: Ledger
) -> None:
    message_id = ledger.bounced(MessageStatus.COMPLAINED, "Complaint/abuse")
    ledger.event(message_id, MessageStatus.BOUNCED, "Bounce/Permanent/General")
    ledger.event(message_id, MessageStatus.BOUNCED, "Bounce/Permanent/General")

    found = found_in(reports)

    assert [("Complaint/abuse", 1)] == [(cause.cause, cause.count) for cause in found.causes]


def test_what_got_worse_later_was_a_failure_already(reports: ReportStore, ledger: Ledger) -> None:
    message_id = ledger.message(MessageStatus.COMPLAINED, cause="Complaint/abuse", detail="spam")
    ledger.event(message_id, MessageStatus.UNDELIVERED, "Bounce/Transient/General")
    ledger.event(message_id, MessageStatus.COMPLAINED, "Complaint/abuse", received_at=DAY.end)

    found = found_in(reports)

    assert [("Bounce/Transient/General", None)] == [
        (cause.cause, cause.detail) for cause in found.causes
    ]


def test_a_cause_has_examples_of_its_groups_recipients_and_words(
    reports: ReportStore, ledger: Ledger
) -> None:
    for number, group in enumerate(["a", "b", "b", "c", "c", "c", "d", "d", "d", "d"]):
        ledger.bounced(
            group=group,
            recipient=f"person{number}@example.com",
            received_at=IN_PERIOD + timedelta(minutes=number),
            detail="user unknown" if number else None,
        )

    (cause,) = found_in(reports).causes

    assert (NamedCount("d", 4), NamedCount("c", 3), NamedCount("b", 2)) == cause.groups
    assert ["person0@example.com", "person1@example.com", "person2@example.com"] == [
        *cause.recipients
    ]
    assert "user unknown" == cause.detail
    assert timedelta(minutes=9) == cause.last_at - cause.first_at


def test_one_cause_of_both_channels_is_one(reports: ReportStore, ledger: Ledger) -> None:
    for channel in Channel:
        ledger.message(
            MessageStatus.EXPIRED, channel=channel, cause="sender/Expired", failed_at=IN_PERIOD
        )

    (cause,) = found_in(reports).causes

    assert ((Channel.EMAIL, Channel.TEXT), 2) == (cause.channels, cause.count)


def test_a_failure_without_a_cause_is_grouped_by_what_happened(
    reports: ReportStore, ledger: Ledger
) -> None:
    ledger.message(MessageStatus.FAILED, failed_at=IN_PERIOD)

    (cause,) = found_in(reports).causes

    assert "failed" == cause.cause


def test_recipients_hide_in_logs(reports: ReportStore, ledger: Ledger) -> None:
    ledger.bounced(recipient="jane.doe@example.com", detail="to jane.doe@example.com")

    assert "jane" not in repr(found_in(reports))


def test_accepted_messages_are_counted_by_when_they_were_accepted(
    reports: ReportStore, ledger: Ledger
) -> None:
    for at in (DAY.start - timedelta(seconds=1), DAY.start, IN_PERIOD, DAY.end):
        ledger.message(accepted_at=at)

    assert 2 == found_in(reports).accepted


def test_events_of_messages_that_are_not_ours_are_counted_apart(
    reports: ReportStore, ledger: Ledger
) -> None:
    ledger.event(None, MessageStatus.BOUNCED, "Bounce/Permanent/General")

    found = found_in(reports)

    assert (0, 1) == (found.total, found.unmatched)


def test_dead_letters_are_counted(reports: ReportStore, database: Database) -> None:
    letters = DeadLetterStore(database)
    for number, at in enumerate((IN_PERIOD, DAY.end)):
        letters.keep(DeadLetter("queue", str(number), "body", "reason"), [], now=at)

    assert 1 == found_in(reports).dead_letters


def test_a_cause_is_compared_with_the_period_before(reports: ReportStore, ledger: Ledger) -> None:
    ledger.bounced()
    for _ in range(2):
        ledger.bounced(received_at=DAY.start - timedelta(hours=1))
    ledger.bounced(cause="Reject/Bad content", received_at=BEFORE.start)

    found = found_in(reports)

    assert 3 == found.failures_before
    assert [("Bounce/Permanent/General", 1, 2)] == [
        (cause.cause, cause.count, cause.count_before) for cause in found.causes
    ]


def test_a_cause_names_mail_domains_carriers_and_the_beginnings_of_numbers(
    reports: ReportStore, ledger: Ledger
) -> None:
    cause = "TEXT_CARRIER_BLOCKED"
    for recipient in ("a@Example.com", "b@example.com", "c@example.org"):
        ledger.message(MessageStatus.FAILED, recipient=recipient, cause=cause, failed_at=IN_PERIOD)
    for recipient in ("+14255550155", "+14255550156", "+4915112345678"):
        text = ledger.message(
            MessageStatus.UNDELIVERED, channel=Channel.TEXT, recipient=recipient, cause=cause
        )
        ledger.text_event(text, cause, carrier="A Carrier")

    (found,) = found_in(reports).causes

    assert (NamedCount("example.com", 2), NamedCount("example.org", 1)) == found.domains
    assert (NamedCount("A Carrier", 3),) == found.carriers
    assert [("+14255550155", 2), ("+4915112345678", 1)] == [
        (number.example, number.count) for number in found.numbers
    ]


@pytest.mark.parametrize(
    ("status", "is_redrivable"), [("failed", True), ("expired", True), ("suppressed", False)]
)
def test_what_was_given_up_for_a_fault_of_ours_can_be_redriven(
    reports: ReportStore, ledger: Ledger, status: str, *, is_redrivable: bool
) -> None:
    ledger.message(MessageStatus(status), failed_at=IN_PERIOD)

    (cause,) = found_in(reports).causes

    assert is_redrivable == cause.is_redrivable


def test_messages_of_test_keys_are_neither_accepted_nor_failed(
    ledger: Ledger, reports: ReportStore
) -> None:
    ledger.bounced()
    ledger.message(MessageStatus.FAILED, failed_at=IN_PERIOD)
    ledger.database.fetch("UPDATE message SET is_test = true")

    found = found_in(reports)

    assert (0, ()) == (found.accepted, found.causes)
    assert [] == list(reports.each_failure(DAY))
