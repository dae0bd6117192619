"""`message-tracker reports daily`."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from message_tracker.cli.main import program
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.domain.daily import Analysed
from message_tracker.core.store.database import Database
from tests.stored_messages import store_messages

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


def store(
    database: Database,
    count: int,
    *,
    recipient: str,
    status: MessageStatus = MessageStatus.DELIVERED,
    at: datetime = NOON,
) -> list[UUID]:
    """Store messages accepted then; those delivered were so 1, 2, 3 … seconds after."""
    message_ids = [new_id() for _ in range(count)]
    channel = Channel.EMAIL if "@" in recipient else Channel.TEXT
    with database.transaction() as cursor:
        store_messages(cursor, message_ids, channel=channel, status=status, recipient=recipient)
        cursor.execute(
            "UPDATE message SET created_at = %s WHERE message_id = ANY (%s)", (at, message_ids)
        )
        if status is MessageStatus.DELIVERED:
            cursor.execute(
                "UPDATE message_state SET sent_at = %s, delivered_at = %s + n * interval '1 s'"
                " FROM unnest(%s::uuid[]) WITH ORDINALITY AS given (id, n) WHERE message_id = id",
                (at, at, message_ids),
            )
    return message_ids


def tell(database: Database, **event: Any) -> None:  # noqa: ANN401 - any column
    """Store an event of noon."""
    database.fetch(
        "INSERT INTO message_event (event_key, occurred_at, received_at, message_id, channel,"
        " status, is_final, event_type, provider_message_id, details, recipient)"
        " VALUES (%(key)s, %(at)s, %(at)s, %(message_id)s, %(channel)s, %(status)s, false,"
        " %(type)s, %(provider_id)s, %(details)s, %(recipient)s)",
        {"key": new_id(), "at": NOON, "message_id": None, "provider_id": None, "details": None}
        | {"recipient": None, "channel": Channel.EMAIL, "status": "sent", "type": "Send"}
        | event,
    )


def run(database_url: str, *arguments: str) -> Result:
    environment = {"MT_DATABASE_URL": database_url, "COLUMNS": "300"}
    return CliRunner().invoke(program, ["reports", "daily", *arguments], env=environment)


def rows(database_url: str, by: str, day: str = "2026-09-01", *more: str) -> list[dict[str, str]]:
    told = run(database_url, "--date", day, "--by", by, "--csv", *more)
    assert told.exit_code == 0, told.output
    return list(csv.DictReader(io.StringIO(told.output)))


def test_deliveries_are_timed_by_mailbox_provider_and_small_ones_are_not_named(
    database: Database, database_url: str
) -> None:
    store(database, 21, recipient="Ada@GMail.com")
    store(database, 1, recipient="ada@ada-lovelace.example")
    bounced = store(database, 2, recipient="bob@web.de", status=MessageStatus.BOUNCED)
    for message_id, cause in zip(
        bounced, ["Permanent/General", "Transient/MailboxFull"], strict=True
    ):
        database.fetch(
            "UPDATE message_state SET cause = %(cause)s WHERE message_id = %(message_id)s",
            {"cause": f"Bounce/{cause}", "message_id": message_id},
        )

    found = {row["mailbox_provider"]: row for row in rows(database_url, "mailbox_provider")}

    gmail, web = found["Gmail"], found["GMX and WEB.DE"]
    assert {"Gmail", "GMX and WEB.DE", "other"} == found.keys()
    assert ("21", "21", "11.0", "20.0") == tuple(
        gmail[name] for name in ("accepted", "delivered", "p50", "p95")
    )
    assert ("2", "0", "1", "1", "0", "") == tuple(
        web[name]
        for name in (
            "sent", "delivered", "bounced_permanent", "bounced_transient", "bounced_otherwise",
            "p50",
        )
    )  # fmt: skip


def test_a_texts_price_is_counted_once_and_by_its_carrier(
    database: Database, database_url: str
) -> None:
    for message_id in store(database, 10, recipient="+14254147755"):
        for status in ("sent", "delivered"):
            tell(
                database,
                message_id=message_id,
                channel=Channel.TEXT,
                status=status,
                type="TEXT_SENT",
                details='{"carrier": "Acme Mobile", "price": 0.0058, "carrier_fee": 0.003}',
            )
    store(database, 3, recipient="ada@example.com")

    [line] = rows(database_url, "carrier")

    assert ("Acme Mobile", "10", "10", "0.0580", "0.030") == tuple(
        line[name] for name in ("carrier", "accepted", "segments", "price", "carrier_fee")
    )


def test_mail_of_other_applications_counts_on_the_day_it_was_sent(
    database: Database, database_url: str
) -> None:
    store(database, 2, recipient="ada@example.com")
    foreign = {"provider_id": "theirs", "recipient": "bob@example.com"}
    tell(database, **foreign)
    tell(database, **foreign, status="delivered", type="Delivery", at=NOON + timedelta(days=3))
    tell(database, **foreign | {"provider_id": "earlier"}, at=NOON - timedelta(days=1))

    found = {row["origin"]: row for row in rows(database_url, "origin")}

    assert {"ours": "2", "foreign": "1"} == {name: row["accepted"] for name, row in found.items()}
    assert ("1", "259200.0") == (found["foreign"]["delivered"], found["foreign"]["p50"])


@pytest.mark.parametrize("name", [Analysed.REPORT_TYPE, Analysed.GROUP, Analysed.TEMPLATE])
def test_whatever_it_is_counted_by_each_message_counts_once(
    database: Database, database_url: str, name: Analysed
) -> None:
    for recipient in ("ada@example.com", "+14254147755"):
        store(database, 3, recipient=recipient)

    found = rows(database_url, name)

    assert 6 == sum(int(row["accepted"]) for row in found)


def test_a_day_is_that_of_the_time_zone(database: Database, database_url: str) -> None:
    store(database, 1, recipient="ada@example.com", at=NOON.replace(hour=23))

    berlin = ("--time-zone", "Europe/Berlin")
    days = ["2026-09-01", "2026-09-02"]

    assert [1, 0] == [len(rows(database_url, "channel", day)) for day in days]
    assert [0, 1] == [len(rows(database_url, "channel", day, *berlin)) for day in days]


def test_a_day_without_a_date_is_the_last_one(database: Database, database_url: str) -> None:
    store(database, 1, recipient="ada@example.com", at=datetime.now(UTC) - timedelta(days=1))

    told = run(database_url)

    assert (0, True) == (told.exit_code, "email" in told.output)


@pytest.mark.parametrize(
    ("option", "value", "remedy"),
    [
        ("--date", "01.09.2026", "write it as 2026-09-01"),
        ("--date", "9999-12-31", "write it as 2026-09-01"),
        ("--time-zone", "Berlin", "as Europe/Berlin"),
    ],
)
def test_what_cannot_be_asked_is_told_with_its_remedy(
    database_url: str, option: str, value: str, remedy: str
) -> None:
    told = run(database_url, option, value)

    assert (2, True) == (told.exit_code, remedy in told.output)
