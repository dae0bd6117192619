"""`message-tracker books`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

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


def lose_a_row(outbox: Outbox) -> UUID:
    """Delete the status of a message, and all that a sender would know of it."""
    [row] = outbox.database.fetch(
        "DELETE FROM message_state WHERE message_id = (SELECT max(message_id::text)::uuid"
        " FROM message_state WHERE status = 'delivered') RETURNING message_id"
    )
    message_id: UUID = row["message_id"]
    return message_id


def lose_a_chunk(outbox: Outbox) -> UUID:
    """Leave a message that was put on a queue, and that no queue has any more."""
    outbox.clock.advance(timedelta(hours=-5))
    [message_id] = outbox.accept(1)
    return message_id


@pytest.mark.parametrize(("lose", "kind"), [(lose_a_row, "lost"), (lose_a_chunk, "overdue")])
def test_a_planted_loss_is_found_and_named(
    outbox: Outbox, database_url: str, lose: Callable[[Outbox], UUID], kind: str
) -> None:
    message_id = lose(outbox)

    told = run(database_url, "--silent-after", "180", "--json")

    findings = {one["kind"]: one for one in json.loads(told.output)["findings"]}
    assert 1 == told.exit_code
    assert [str(message_id)] == findings[kind]["message_ids"]


def test_books_that_agree_are_a_success(outbox: Outbox, database_url: str) -> None:
    clean = run(database_url, "--silent-after", "180")
    recent = run(database_url, "--recent", "--silent-after", "180", "--json")

    assert (0, True) == (clean.exit_code, "everything agrees" in clean.output)
    assert "Where every message ever accepted stands" in clean.output
    assert (True, None) == tuple(map(json.loads(recent.output).get, ("is_clean", "books")))
