"""`message-tracker books`."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from message_tracker.cli.main import program
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.database import Database
from tests.outbox import Outbox, VirtualClock


@pytest.fixture
def outbox(database: Database) -> Outbox:
    """Three e-mails sent two hours ago; events came of two."""
    outbox = Outbox(database, clock=VirtualClock(datetime.now(UTC) - timedelta(hours=2)))
    message_ids = outbox.accept(3)
    outbox.send(message_ids)
    for message_id in message_ids[1:]:
        outbox.event(message_id, "delivered")
    return outbox


def run(database_url: str, *arguments: str) -> Result:
    environment = {"MT_DATABASE_URL": database_url, "COLUMNS": "250", "AWS_REGION": "us-east-1"}
    options = ["books", "--no-cloudwatch", *arguments]
    return CliRunner().invoke(program, options, env=environment)


def test_what_does_not_agree_is_named_with_what_it_points_to(
    outbox: Outbox, database_url: str
) -> None:
    [silent] = outbox.database.fetch("SELECT message_id FROM message_state WHERE status = 'sent'")

    told = run(database_url, "--hours", "3")

    assert 1 == told.exit_code
    assert f"silent: 1 of {Channel.EMAIL}, group " in told.output
    assert str(silent["message_id"]) in told.output
    assert "an event destination is off or broken" in told.output
    assert "By hour, group and channel" in told.output
    assert "by CloudWatch not reachable" in told.output
    assert "the books are off" in told.output


def test_books_that_agree_are_a_success(outbox: Outbox, database_url: str) -> None:
    clean = run(database_url, "--silent-after", "180")
    recent = run(database_url, "--recent", "--silent-after", "180", "--json")

    assert (0, True) == (clean.exit_code, "everything agrees" in clean.output)
    assert "Where every message ever accepted stands" in clean.output
    assert (True, None) == tuple(map(json.loads(recent.output).get, ("is_clean", "books")))
