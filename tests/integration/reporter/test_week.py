"""A week of reports in virtual time: the clock changes, a run is skipped, one comes twice."""

import csv
import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from message_tracker.core.domain.message import OutboundEmail
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database
from message_tracker.core.store.reports import SentReport
from tests.failed_messages import Ledger
from tests.report_desk import Desk

# Monday, October 19, 2026, to Sunday the 25th, when Berlin's clocks go back at 03:00.
MONDAY = datetime(2026, 10, 18, 22, tzinfo=UTC)
MANY = 100_000
_COPY_MESSAGE = """
INSERT INTO message
SELECT gen_random_uuid(), group_id, content_id, channel, kind, 'person' || n || '@example.com',
       data, user_id, report_type, is_test, segments, encoding, on_unconfirmed, send_at,
       expires_at, created_at
  FROM message, generate_series(1, %(more)s::integer) AS n
 WHERE message_id = %(message_id)s::uuid
"""
_FAIL_THE_REST = """
INSERT INTO message_state (message_id, group_id, channel, status, cause, failed_at)
SELECT message_id, group_id, channel, 'failed', 'ses/MessageRejected', created_at
  FROM message
 WHERE NOT EXISTS (SELECT FROM message_state AS s WHERE s.message_id = message.message_id)
"""


class Week:
    """Failures and runs, by the hour of the week."""

    def __init__(self, database: Database) -> None:
        self.ledger = Ledger(database)
        self.desk = Desk(database)
        self.sent: list[SentReport] = []

    def fail(self, day: int, hour: float = 12) -> None:
        at = MONDAY + timedelta(days=day, hours=hour)
        self.ledger.message(
            MessageStatus.FAILED, cause="ses/MessageRejected", failed_at=at, accepted_at=at
        )

    def fail_often(self, day: int) -> None:
        at = MONDAY + timedelta(days=day, hours=12)
        first = self.ledger.message(None, accepted_at=at)
        parameters = {"message_id": first, "more": MANY - 1}
        self.ledger.database.fetch(_COPY_MESSAGE, parameters)
        self.ledger.database.fetch(_FAIL_THE_REST)

    def run(self, after_day: int) -> int:
        """Run on the morning after a day; return how many reports were sent."""
        self.desk.now = MONDAY + timedelta(days=after_day + 1, hours=8)
        sent = self.desk.service().report()
        self.sent += sent
        return len(sent)


def size_of(email: OutboundEmail) -> int:
    """Return what a mail takes, with everything in base64."""
    parts = [str(email.html).encode(), str(email.text).encode()]
    parts += [file.content for file in email.attachments]
    return round(sum(map(len, parts)) * 4 / 3 * 78 / 76)


@pytest.fixture(name="week")
def a_week(database: Database) -> Week:
    """Live through a week."""
    week = Week(database)
    week.fail(0)
    assert 1 == week.run(after_day=0)
    # Tuesday is empty.
    assert 1 == week.run(after_day=1)
    # On Thursday morning nothing runs.
    week.fail(2)
    week.fail(3)
    assert 2 == week.run(after_day=3)
    assert 0 == week.run(after_day=3)
    week.fail_often(4)
    assert 1 == week.run(after_day=4)
    week.fail(5)
    assert 1 == week.run(after_day=5)
    for hour in (2.5, 3.5):  # both are 02:30 by the clock
        week.fail(6, hour)
    assert 1 == week.run(after_day=6)
    return week


def test_a_week_is_told_day_by_day_and_every_failure_once(week: Week) -> None:
    periods = [report.period for report in week.sent]

    assert [1, 0, 1, 1, MANY, 1, 2] == [report.failures for report in week.sent]
    assert MONDAY == periods[0].start
    assert [] == [pair for pair in pairwise(periods) if pair[0].end != pair[1].start]
    hours = [(period.end - period.start) // timedelta(hours=1) for period in periods]
    assert [24, 24, 24, 24, 24, 24, 25] == hours

    subjects = [str(email.subject) for email in week.desk.email.calls]
    assert 7 == len(subjects)
    assert "0 failures among 0 messages" in subjects[1]
    assert "100,000 failures among 100,000 messages" in subjects[4]

    worst = week.desk.email.calls[4]
    assert max(map(size_of, week.desk.email.calls)) < 100_000
    assert "of 100,000 failures, so that this mail stays small" in str(worst.text)
    whole = week.desk.objects.objects["archive", "reports/daily/20261023T220000Z.csv"]
    assert MANY + 1 == sum(1 for _ in csv.reader(io.StringIO(whole.decode())))
