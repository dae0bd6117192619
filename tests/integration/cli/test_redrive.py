"""`message-tracker redrive`."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from message_tracker.cli.main import program
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database
from tests.failed_messages import Ledger

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
CAUSE = "ses/Outage"


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def run(database_url: str, *arguments: str, answer: str = "") -> Result:
    environment = {"MT_DATABASE_URL": database_url, "COLUMNS": "200"}
    return CliRunner().invoke(program, ["redrive", *arguments], env=environment, input=answer)


def test_the_plan_is_shown_and_nothing_changes(ledger: Ledger, database_url: str) -> None:
    failed = ledger.message(MessageStatus.FAILED, cause=CAUSE, failed_at=YESTERDAY)
    ledger.message(MessageStatus.UNCONFIRMED, cause=CAUSE, failed_at=YESTERDAY)

    shown = run(database_url, "--cause", CAUSE, "--dry-run")

    assert 0 == shown.exit_code
    assert str(failed) in shown.output
    assert "it may have been sent, and would then come twice" in shown.output
    assert ("failed", CAUSE, False) == ledger.state(failed)


def test_the_planned_messages_wait_to_be_sent_and_a_repeat_finds_none(
    ledger: Ledger, database_url: str
) -> None:
    failed = ledger.message(MessageStatus.FAILED, cause=CAUSE, failed_at=YESTERDAY)
    time = f"{YESTERDAY:%Y-%m-%dT%H:%M:%S}Z"

    first = run(database_url, "--since", time, "--status", "failed", answer="y\n")
    second = run(database_url, "--since", time, "--status", "failed", "--yes")

    assert "Send 1 messages again?" in first.output
    assert "1 messages wait to be sent" in first.output
    assert "no message fits" in second.output
    assert ("queued", None, True) == ledger.state(failed)


def test_who_does_not_say_yes_sends_nothing(ledger: Ledger, database_url: str) -> None:
    failed = ledger.message(MessageStatus.FAILED, failed_at=YESTERDAY)

    refused = run(database_url, "--id", str(failed), answer="n\n")

    assert 1 == refused.exit_code
    assert ("failed", None, False) == ledger.state(failed)


def test_counts_come_as_json(ledger: Ledger, database_url: str) -> None:
    ids = [str(ledger.message(MessageStatus.FAILED, failed_at=YESTERDAY)), str(new_id())]

    done = run(database_url, "--id", ids[0], "--id", ids[1], "--dry-run", "--json")

    assert {"dry_run": True, "counts": {"redriven": 1, "unknown": 1}} == json.loads(done.stdout)


@pytest.mark.parametrize(
    "arguments",
    [[], ["--id", str(new_id()), "--group", "spring"], ["--status", "sent"]],
    ids=["nothing named", "an id and more", "no status to revive"],
)
def test_what_names_no_messages_to_revive_is_refused(
    database_url: str, arguments: list[str]
) -> None:
    assert 2 == run(database_url, *arguments).exit_code
