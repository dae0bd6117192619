"""`message-tracker reports daily`."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from message_tracker.cli.main import program
from message_tracker.core.domain.daily import Analysed
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database
from tests.daily_messages import NOON, Days


@pytest.fixture
def days(database: Database) -> Days:
    """An empty database, on the morning after its first day."""
    return Days(database)


def run(database_url: str, *arguments: str) -> Result:
    environment = {"MT_DATABASE_URL": database_url, "COLUMNS": "300"}
    return CliRunner().invoke(program, ["reports", "daily", *arguments], env=environment)


def rows(database_url: str, by: str, day: str = "2026-09-01", *more: str) -> list[dict[str, str]]:
    told = run(database_url, "--date", day, "--by", by, "--csv", *more)
    assert told.exit_code == 0, told.output
    return list(csv.DictReader(io.StringIO(told.output)))


def test_deliveries_are_timed_by_mailbox_provider_and_small_ones_are_not_named(
    days: Days, database_url: str
) -> None:
    days.store(21, recipient="Ada@GMail.com")
    days.store(1, recipient="ada@ada-lovelace.example")
    bounced = days.store(2, recipient="bob@web.de", status=MessageStatus.BOUNCED)
    for message_id, cause in zip(
        bounced, ["Permanent/General", "Transient/MailboxFull"], strict=True
    ):
        days.set_state(message_id, "cause", f"Bounce/{cause}")
    days.count()

    found = {row["mailbox_provider"]: row for row in rows(database_url, "mailbox_provider")}

    gmail, web = found["Gmail"], found["GMX and WEB.DE"]
    assert {"Gmail", "GMX and WEB.DE", "other"} == found.keys()
    assert ("21", "21", "11.19", "20.09") == tuple(
        gmail[name] for name in ("accepted", "delivered", "p50", "p95")
    )
    assert ("2", "0", "1", "1", "0", "") == tuple(
        web[name]
        for name in (
            "sent", "delivered", "bounced_permanent", "bounced_transient", "bounced_otherwise",
            "p50",
        )
    )  # fmt: skip


def test_a_texts_price_is_counted_once_and_by_its_carrier(days: Days, database_url: str) -> None:
    for message_id in days.store(10, recipient="+14254147755"):
        for status in ("sent", "delivered"):
            days.tell(
                message_id=message_id,
                channel=Channel.TEXT,
                status=status,
                type="TEXT_SENT",
                details='{"carrier": "Acme Mobile", "price": 0.0058, "carrier_fee": 0.003}',
            )
    days.store(3, recipient="ada@example.com")
    days.count()

    [line] = rows(database_url, "carrier")

    assert ("Acme Mobile", "10", "10", "0.0580", "0.030") == tuple(
        line[name] for name in ("carrier", "accepted", "segments", "price", "carrier_fee")
    )


def test_mail_of_other_applications_counts_on_the_day_it_was_sent(
    days: Days, database_url: str
) -> None:
    days.store(2, recipient="ada@example.com")
    foreign = {"provider_id": "theirs", "recipient": "bob@example.com"}
    days.tell(**foreign)
    days.tell(**foreign, status="delivered", type="Delivery", at=NOON + timedelta(days=3))
    days.tell(**foreign | {"provider_id": "earlier"}, at=NOON - timedelta(days=1))
    days.count()

    found = {row["origin"]: row for row in rows(database_url, "origin")}

    assert {"ours": "2", "foreign": "1"} == {name: row["accepted"] for name, row in found.items()}
    assert ("1", "259261") == (found["foreign"]["delivered"], found["foreign"]["p50"])


@pytest.mark.parametrize("name", [Analysed.REPORT_TYPE, Analysed.GROUP, Analysed.TEMPLATE])
def test_whatever_it_is_counted_by_each_message_counts_once(
    days: Days, database_url: str, name: Analysed
) -> None:
    for recipient in ("ada@example.com", "+14254147755"):
        days.store(3, recipient=recipient)
    days.count()

    found = rows(database_url, name)

    assert 6 == sum(int(row["accepted"]) for row in found)


def test_a_day_is_that_of_the_time_zone(days: Days, database_url: str) -> None:
    days.store(1, recipient="ada@example.com", at=NOON.replace(hour=23))
    days.now += timedelta(days=1)
    days.count()

    berlin = ("--time-zone", "Europe/Berlin")
    both = ["2026-09-01", "2026-09-02"]

    assert [1, 0] == [len(rows(database_url, "channel", day)) for day in both]
    assert [0, 1] == [len(rows(database_url, "channel", day, *berlin)) for day in both]


def test_a_day_without_a_date_is_the_last_one(days: Days, database_url: str) -> None:
    days.store(1, recipient="ada@example.com", at=datetime.now(UTC) - timedelta(days=1))

    told = run(database_url)

    assert (0, True) == (told.exit_code, "email" in told.output)


def test_a_period_is_told_day_by_day_and_what_is_not_counted_is_named(
    days: Days, database_url: str
) -> None:
    days.store(2)
    days.count()

    told = run(database_url, "--date", "2026-09-01", "--to", "2026-09-03", "--csv")

    assert ["2026-09-01"] == [row["day"] for row in csv.DictReader(io.StringIO(told.stdout))]
    assert "2026-09-02 is not counted yet" in told.stderr


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("--to", "2026-08-01"), "ask for 1 to 92"),
        (("--to", "2026-12-24"), "ask for 1 to 92"),
        (("--to", "2026-09-02", "--by", "user"), "leave --to out"),
        (("--to", "2026-09-02", "--time-zone", "Asia/Tokyo"), "leave --to out"),
    ],
)
def test_a_period_that_cannot_be_counted_is_told_with_its_remedy(
    database_url: str, arguments: tuple[str, ...], remedy: str
) -> None:
    told = run(database_url, "--date", "2026-09-01", *arguments)

    assert (2, True) == (told.exit_code, remedy in told.output)


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
