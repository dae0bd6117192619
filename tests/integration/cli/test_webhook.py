"""The operator's commands at the webhooks."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from typer.testing import CliRunner, Result

from message_tracker.cli.main import program
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.webhooks.verdict import Answer, Verdict
from message_tracker.core.store.callbacks import Callbacks, Called
from message_tracker.core.store.database import Database
from tests.callbacks import a_webhook, owed

NOW = datetime.now(UTC)


def run(database_url: str, *arguments: str) -> Result:
    environment = {"MT_DATABASE_URL": database_url, "COLUMNS": "200"}
    return CliRunner().invoke(program, ["webhook", *arguments], env=environment)


def given_up(database: Database, webhook_id: UUID) -> UUID:
    callbacks, callback_id = Callbacks(database), new_id()
    callbacks.owe_test(webhook_id, callback_id, now=NOW)
    [due] = callbacks.claim(new_id(), most=1, now=NOW, until=NOW + timedelta(minutes=1))
    verdict = Verdict(is_delivered=False)
    callbacks.record([Called(due, Answer(500, 5), verdict)], now=NOW)
    return callback_id


def test_the_list_says_how_each_webhook_is(database: Database, database_url: str) -> None:
    well, failing, disabled = (a_webhook(database) for _ in range(3))
    given_up(database, failing)
    database.fetch(
        "UPDATE webhook_endpoint SET disabled_at = now(), disabled_because = 'it answered 410 Gone'"
        " WHERE webhook_endpoint_id = %(id)s::uuid",
        {"id": disabled},
    )

    lines = run(database_url, "list").output.splitlines()

    told = {
        webhook_id: line
        for line in lines
        for webhook_id in (well, failing, disabled)
        if str(webhook_id) in line
    }
    assert "enabled" in told[well]
    assert "failing since" in told[failing]
    assert "it answered 410 Gone" in told[disabled]


def test_callbacks_are_replayed_since_a_time_or_one_by_one(
    database: Database, database_url: str
) -> None:
    webhook_id = a_webhook(database)
    given_up(database, webhook_id)
    database.fetch("UPDATE webhook_endpoint SET failing_since = NULL")
    one = given_up(database, webhook_id)
    yesterday = f"{NOW - timedelta(days=1):%Y-%m-%d}"

    by_id = run(database_url, "replay", str(webhook_id), "--one", str(one))
    by_time = run(database_url, "replay", str(webhook_id), "--since", yesterday)
    nothing = run(database_url, "replay", str(webhook_id), "--since", yesterday)

    assert by_id.output == by_time.output == "1 callbacks are made once more\n"
    assert (0, 0, 1) == (by_id.exit_code, by_time.exit_code, nothing.exit_code)
    assert all(row["due_at"] for row in owed(database))


def test_a_replay_says_of_what(database_url: str) -> None:
    answer = run(database_url, "replay", str(new_id()))

    assert 2 == answer.exit_code
    assert "--since or --one" in answer.output
