"""The command that a report prints for a cause sends that cause's messages again, and no other."""

import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from typer.main import get_command

from message_tracker.cli.main import program
from message_tracker.core.domain.advice import KNOWN_CAUSES
from message_tracker.core.domain.advice.generic import GENERIC_ADVICE
from message_tracker.core.domain.books import Balance, Books
from message_tracker.core.domain.period import Period
from message_tracker.core.domain.period_failures import PeriodFailures
from message_tracker.core.domain.report import ReportTitle, build_report
from message_tracker.core.domain.situation import Situation
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database
from message_tracker.core.store.reports import ReportStore
from tests.failed_messages import IN_PERIOD, NOW, Ledger

# Nothing is round: the command must name the period as it is.
PERIOD = Period(
    datetime(2026, 8, 31, 18, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 8, 31, 19, 0, 0, 1, tzinfo=UTC),
)
BEFORE = Period(PERIOD.start - timedelta(days=1), PERIOD.start)
GIVEN_UP = [MessageStatus.EXPIRED, MessageStatus.FAILED, MessageStatus.UNCONFIRMED]
CODES = sorted(
    {
        *KNOWN_CAUSES,
        *(f"{prefix}NewOne" for prefix in GENERIC_ADVICE),
        'ses/it\'s $(rm) `x` "y" & z',
        "--group",
        "-x",
        "ses/Größe",
    }
)


def planted(ledger: Ledger) -> dict[str, set[UUID]]:
    """Insert given-up messages of each cause; those without a code count by their status."""
    found = {
        code: {
            ledger.message(GIVEN_UP[number % 3], cause=code, failed_at=IN_PERIOD),
            ledger.message(MessageStatus.FAILED, cause=code, failed_at=PERIOD.start),
        }
        for number, code in enumerate(CODES)
    }
    return found | {
        status.value: {ledger.message(status, failed_at=IN_PERIOD) for _ in range(2)}
        for status in GIVEN_UP
    }


def plant_others(ledger: Ledger, database: Database, code: str | None) -> None:
    """Insert messages that have the code, and of which the report does not tell."""
    test = ledger.message(MessageStatus.FAILED, cause=code, failed_at=IN_PERIOD)
    database.fetch("UPDATE message SET is_test = true WHERE message_id = %(id)s", {"id": test})
    ledger.message(MessageStatus.FAILED, cause=code, failed_at=PERIOD.end)
    ledger.message(MessageStatus.FAILED, cause=code, failed_at=BEFORE.start)
    ledger.message(MessageStatus.DELIVERED, cause=code)
    ledger.message(MessageStatus.STOPPED, cause=code)


def commands(found: PeriodFailures) -> dict[str, str | None]:
    """Return what a report prints for each cause, had it room for all."""
    title = ReportTitle("prod", "on_demand", PERIOD, ZoneInfo("UTC"), NOW)
    books = Books(Balance(), Balance())
    reports = [
        build_report(title, replace(found, causes=(cause,)), Situation(), books)
        for cause in found.causes
    ]
    return {
        cause.cause: report.causes[0].redrive
        for cause, report in zip(found.causes, reports, strict=True)
    }


COMMAND_LINE = get_command(program)  # read once: there are many commands to run


def run(command: str) -> None:
    name, *arguments = shlex.split(command)
    consent = ["--even-if-sent-twice", "--even-if-stale", "--yes"]
    assert "message-tracker" == name
    COMMAND_LINE.main([*arguments, *consent], standalone_mode=False)


def redriven(database: Database) -> set[UUID]:
    rows = database.fetch("SELECT message_id FROM message_state WHERE redriven_at IS NOT NULL")
    return {row["message_id"] for row in rows}


def test_each_printed_command_takes_exactly_the_messages_of_its_cause(
    ledger: Ledger, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MT_DATABASE_URL", database_url)
    expected = planted(ledger)
    for code in [None, *CODES]:
        plant_others(ledger, database, code)

    printed = commands(ReportStore(database).failures(PERIOD, BEFORE))

    assert expected.keys() == printed.keys()
    taken: set[UUID] = set()
    for cause, command in printed.items():
        assert command is not None, cause
        run(command)
        assert expected[cause] == redriven(database) - taken, command
        taken |= expected[cause]


@pytest.mark.parametrize("status", [MessageStatus.SUPPRESSED, MessageStatus.BOUNCED])
def test_no_command_is_printed_for_a_cause_that_not_all_messages_may_be_sent_again_of(
    ledger: Ledger, database: Database, status: MessageStatus
) -> None:
    ledger.message(MessageStatus.FAILED, cause="mixed", failed_at=IN_PERIOD)
    other = ledger.message(status, cause="mixed", failed_at=IN_PERIOD)
    ledger.event(other, MessageStatus.BOUNCED, "mixed")

    printed: Mapping[str, str | None] = commands(ReportStore(database).failures(PERIOD, BEFORE))

    assert {"mixed": None} == printed
