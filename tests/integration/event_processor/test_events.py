"""What the events' store keeps and projects; its indifference to order has its own module."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from uuid import UUID

import psycopg
import pytest

from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import AccountEvent, DeliveryEvent
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database
from message_tracker.core.store.event_columns import EventColumns
from message_tracker.core.store.events import (
    Ingested,
    adopt_unmatched,
    append_account_events,
    ingest,
)
from message_tracker.core.store.queries import queries
from tests.provider_events import (
    START,
    JsonObject,
    as_notification,
    at,
    email_event,
    encoded,
    text_event,
)
from tests.stored_messages import a_message, state_of, store_messages


def delivery_event(record: JsonObject) -> DeliveryEvent:
    event = parse_event(encoded(record))
    assert isinstance(event, DeliveryEvent)
    return event


def ingested(database: Database, *records: JsonObject) -> Ingested:
    with database.transaction() as cursor:
        return ingest(cursor, [delivery_event(record) for record in records])


def test_an_event_moves_its_message(database: Database) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)

    count = ingested(
        database,
        email_event("Send", message_id=message_id),
        email_event("Delivery", message_id=message_id, occurred_at=at(2)),
        email_event("Open", message_id=message_id, occurred_at=at(60)),
        email_event("Open", message_id=message_id, occurred_at=at(90)),
        email_event("Click", message_id=message_id, occurred_at=at(95)),
    )

    with database.transaction() as cursor:
        state = state_of(cursor, message_id)
    assert Ingested(matched=5) == count
    assert {
        "status": MessageStatus.DELIVERED,
        "is_final": True,
        "provider_message_id": "ses-1",
        "cause": None,
        "cause_detail": "250 ok",
        "sent_at": START,
        "delivered_at": at(2),
        "opened_at": at(60),
        "clicked_at": at(95),
        "open_count": 2,
        "click_count": 1,
    }.items() <= state.items()


def test_a_bounce_says_why_and_suppresses_the_address_we_sent_to(database: Database) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)

    ingested(
        database,
        email_event(
            "Bounce",
            message_id=message_id,
            bouncedRecipients=[
                {"emailAddress": "forwarded@elsewhere.example", "diagnosticCode": "550 5.1.1"}
            ],
        ),
    )

    with database.transaction() as cursor:
        state = state_of(cursor, message_id)
    assert "Bounce/Permanent/General" == state["cause"]
    assert "550 5.1.1" == state["cause_detail"]
    assert [
        {
            "channel": "email",
            "address": "someone@example.com",
            "reason": "BOUNCE",
            "cause": "Bounce/Permanent/General",
            "message_id": message_id,
            "created_at": START,
        }
    ] == database.fetch(
        "SELECT channel, address, reason, cause, message_id, created_at"
        " FROM suppression JOIN message_event USING (event_key, message_id, channel, cause)"
    )


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"event_type": "Bounce", "bounceType": "Transient"}, id="soft-bounce"),
        pytest.param(
            {"event_type": "Complaint", "complaintFeedbackType": "not-spam"}, id="not-spam"
        ),
        pytest.param({"event_type": "Delivery"}, id="delivery"),
    ],
)
def test_what_accuses_nobody_suppresses_nobody(database: Database, record: JsonObject) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)

    ingested(database, email_event(message_id=message_id, **record))

    assert [] == database.fetch("SELECT * FROM suppression")


@pytest.mark.parametrize(
    ("channel", "record", "reason"),
    [
        pytest.param(Channel.EMAIL, {"event_type": "Complaint"}, "COMPLAINT", id="complaint"),
        pytest.param(Channel.EMAIL, {"event_type": "Subscription"}, "UNSUBSCRIBE", id="list"),
        pytest.param(Channel.TEXT, {"event_type": "TEXT_BLOCKED"}, "OPT_OUT", id="stop"),
    ],
)
def test_an_accusation_suppresses_the_address(
    database: Database, channel: Channel, record: JsonObject, reason: str
) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor, channel=channel)
    event = email_event if channel is Channel.EMAIL else text_event
    said = {"messageStatusDescription": "The number is opted out"}

    ingested(database, {**event(message_id=message_id, **record), **said})

    assert [(channel, reason)] == [
        (row["channel"], row["reason"]) for row in database.fetch("SELECT * FROM suppression")
    ]


def soft_bounce_on(day: int, message_id: UUID) -> DeliveryEvent:
    record = email_event("Bounce", message_id=message_id, occurred_at=at(day * 86_400))
    record["bounce"] |= {"bounceType": "Transient", "bounceSubType": "MailboxFull"}
    return delivery_event(record)


@pytest.mark.parametrize(
    ("days", "suppressed_on"),
    [
        pytest.param([0, 1, 2], [at(2 * 86_400)], id="three-days"),
        pytest.param([0, 0, 0], [], id="one-day"),
        pytest.param([0, 15, 30], [], id="not-within-30-days"),
        pytest.param([0, 15, 29], [at(29 * 86_400)], id="within-30-days"),
        pytest.param([0, 20, 40, 45], [at(45 * 86_400)], id="the-last-three"),
    ],
)
def test_soft_bounces_on_so_many_days_suppress(
    database: Database, days: list[int], suppressed_on: list[datetime]
) -> None:
    message_ids = [new_id() for _ in days]
    with database.transaction() as cursor:
        store_messages(cursor, message_ids)
    bounces = [soft_bounce_on(*each) for each in zip(days, message_ids, strict=True)]

    for bounce in reversed(bounces):
        with database.transaction() as cursor:
            ingest(cursor, [bounce], soft_bounce_days=3)

    found = database.fetch("SELECT reason, cause, created_at FROM suppression")
    assert [day.replace(hour=0) for day in suppressed_on] == [row["created_at"] for row in found]
    assert {("BOUNCE", "Bounce/3 soft in 30 days")} >= {
        (row["reason"], row["cause"]) for row in found
    }


def test_soft_bounces_are_not_even_counted_where_no_policy_wants_them(database: Database) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)
        ingest(cursor, [soft_bounce_on(day, message_id) for day in range(9)])

    assert [] == database.fetch("SELECT address FROM soft_bounce")
    assert [] == database.fetch("SELECT address FROM suppression")


def test_soft_bounces_at_once_in_two_processors_are_all_counted(
    database: Database, database_url: str
) -> None:
    message_ids = [new_id() for _ in range(8)]
    with database.transaction() as cursor:
        store_messages(cursor, message_ids)

    def ingest_one(day: int) -> None:
        own = Database(lambda: database_url)
        with own.transaction() as cursor:
            ingest(cursor, [soft_bounce_on(day, message_ids[day])], soft_bounce_days=8)
        own.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ingest_one, range(8), timeout=60))

    assert [{"days": 8}] == database.fetch("SELECT cardinality(days) AS days FROM soft_bounce")
    assert [{"reason": "BOUNCE"}] == database.fetch("SELECT reason FROM suppression")


def test_people_and_machines_are_counted_apart(database: Database) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)
    links = ["https://example.com/a", "https://example.com/z", "https://example.com/m"]

    ingested(
        database,
        email_event("Open", message_id=message_id, userAgent="GoogleImageProxy"),
        email_event("Open", message_id=message_id, occurred_at=at(60)),
        email_event("Open", message_id=message_id, occurred_at=at(90)),
        email_event("Click", message_id=message_id, occurred_at=at(5), sent_at=START),
        email_event("Click", message_id=message_id, occurred_at=at(70), link=links[1]),
        email_event("Click", message_id=message_id, occurred_at=at(95), link=links[0]),
        email_event("Click", message_id=message_id, occurred_at=at(95), link=links[2]),
        email_event("Click", message_id=message_id, occurred_at=at(99), userAgent="curl/8"),
    )

    with database.transaction() as cursor:
        state = state_of(cursor, message_id)
    assert {
        "opened_at": at(60),
        "last_opened_at": at(90),
        "open_count": 2,
        "machine_open_count": 1,
        "clicked_at": at(70),
        "last_clicked_at": at(95),
        "last_link": links[2],
        "click_count": 3,
        "machine_click_count": 2,
    }.items() <= state.items()


def test_what_only_machines_opened_nobody_has_opened(database: Database) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)

    ingested(database, email_event("Open", message_id=message_id, userAgent="Mozilla/5.0"))

    with database.transaction() as cursor:
        state = state_of(cursor, message_id)
    assert (None, 0, 1) == (state["opened_at"], state["open_count"], state["machine_open_count"])


@pytest.mark.parametrize(
    ("headers", "bought_at", "expected"),
    [
        pytest.param({"user_id": "u-2"}, at(-60), "u-2", id="a-header-first"),
        pytest.param({}, at(-60), "u-1", id="then-the-address"),
        pytest.param({}, at(-91 * 86_400), None, id="no-message-for-too-long"),
        pytest.param({}, at(60), None, id="no-message-yet"),
    ],
)
def test_mail_of_others_is_kept_with_its_recipient_user_and_report_type(
    database: Database, headers: dict[str, str], bought_at: datetime, expected: str | None
) -> None:
    with database.transaction() as cursor:
        ours = a_message(cursor)
        cursor.execute(
            "UPDATE message SET user_id = 'u-1', recipient = 'someone@example.com',"
            " created_at = %s",
            (bought_at,),
        )
    foreign = email_event("Bounce", message_id=None, provider_message_id="ses-of-others")
    named = {"report_type": "weekly", **headers}
    foreign["mail"]["headers"] = [{"name": name, "value": value} for name, value in named.items()]

    count = ingested(database, foreign)

    assert Ingested(unmatched=1) == count
    assert [
        {
            "message_id": None,
            "recipient": "someone@example.com",
            "user_id": expected,
            "report_type": "weekly",
        }
    ] == database.fetch("SELECT message_id, recipient, user_id, report_type FROM message_event")
    with database.transaction() as cursor:
        assert MessageStatus.SENDING == state_of(cursor, ours)["status"]
    assert [] == database.fetch("SELECT address FROM suppression")


def test_an_event_that_finds_its_message_forgets_the_recipient(database: Database) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)
    record = email_event("Delivery", message_id=message_id)

    before = ingested(database, as_notification(record))
    kept = database.fetch("SELECT recipient FROM message_event")
    ingested(database, record)

    assert Ingested(unmatched=1) == before
    assert [{"recipient": "someone@example.com"}] == kept
    assert [{"recipient": None, "user_id": None, "report_type": None}] == database.fetch(
        "SELECT recipient, user_id, report_type FROM message_event"
    )


def test_an_event_adds_its_reason_beside_what_a_person_decided(database: Database) -> None:
    database.fetch(
        "INSERT INTO suppression (channel, address, reason)"
        " VALUES ('email', 'someone@example.com', 'MANUAL')"
    )
    with database.transaction() as cursor:
        message_id = a_message(cursor)

    ingested(database, email_event("Complaint", message_id=message_id))

    assert [{"reason": "COMPLAINT"}, {"reason": "MANUAL"}] == database.fetch(
        "SELECT reason FROM suppression ORDER BY reason"
    )


def test_an_address_freed_by_a_person_stays_free_when_the_bounce_is_told_again(
    database: Database,
) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)
    bounce = email_event("Bounce", message_id=message_id)
    ingested(database, bounce)
    database.fetch("DELETE FROM suppression")

    ingested(database, bounce, as_notification(bounce))

    assert [] == database.fetch("SELECT * FROM suppression")


def test_an_event_that_proves_acceptance_takes_our_own_verdict_back(database: Database) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor, status=MessageStatus.FAILED)
        cursor.execute("UPDATE message_state SET failed_at = now(), cause = 'ses/Unknown'")

    ingested(database, email_event("Send", message_id=message_id))

    with database.transaction() as cursor:
        state = state_of(cursor, message_id)
    assert (MessageStatus.SENT, None, None) == (
        state["status"],
        state["failed_at"],
        state["cause"],
    )


def test_an_open_leaves_what_the_status_says(database: Database) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor, status=MessageStatus.UNCONFIRMED)
        cursor.execute("UPDATE message_state SET failed_at = %s, cause = 'x'", (START,))

    ingested(database, email_event("Open", message_id=message_id))

    with database.transaction() as cursor:
        state = state_of(cursor, message_id)
    assert (MessageStatus.UNCONFIRMED, START, "x", 1) == (
        state["status"],
        state["failed_at"],
        state["cause"],
        state["open_count"],
    )


def test_the_id_of_another_application_matches_nothing(database: Database) -> None:
    count = ingested(database, email_event("Bounce", message_id=new_id()))

    assert Ingested(unmatched=1) == count
    assert [{"message_id": None}] == database.fetch("SELECT message_id FROM message_event")
    assert [] == database.fetch("SELECT * FROM suppression")


def test_a_provider_id_matches_within_its_channel_only(database: Database) -> None:
    with database.transaction() as cursor:
        a_message(cursor, channel=Channel.EMAIL, provider_message_id="same")

    count = ingested(
        database, text_event("TEXT_QUEUED", message_id=None, provider_message_id="same")
    )

    assert Ingested(unmatched=1) == count


def test_an_event_before_the_senders_record_is_adopted_after_it(database: Database) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor, channel=Channel.TEXT)
    before = ingested(database, text_event("TEXT_DELIVERED", message_id=None, is_final=True))
    too_early = adopt_unmatched(database, datetime.now(UTC))
    database.fetch("UPDATE message_state SET provider_message_id = 'sms-1', status = 'sent'")

    adopted = adopt_unmatched(database, datetime.now(UTC))

    with database.transaction() as cursor:
        state = state_of(cursor, message_id)
    assert (Ingested(unmatched=1), 0, 1) == (before, too_early, adopted)
    assert (MessageStatus.DELIVERED, START, True) == (
        state["status"],
        state["delivered_at"],
        state["is_final"],
    )
    assert 0 == adopt_unmatched(database, datetime.now(UTC))


def test_what_was_received_long_ago_is_not_looked_at_again(database: Database) -> None:
    ingested(database, text_event("TEXT_QUEUED", message_id=None))
    with database.transaction() as cursor:
        a_message(cursor, channel=Channel.TEXT, provider_message_id="sms-1")

    adopted = adopt_unmatched(database, datetime.now(UTC) + timedelta(hours=2))

    assert 0 == adopted


def test_an_adopted_failure_counts_as_received_when_it_found_its_message(
    database: Database,
) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor, channel=Channel.TEXT)
    ingested(database, text_event("TEXT_SPAM", message_id=None))
    reported_at = database.fetch("SELECT statement_timestamp() AS at")[0]["at"]

    ingested(database, text_event("TEXT_SPAM", message_id=message_id))

    assert [{"is_later": True}] == database.fetch(
        "SELECT received_at > %(at)s AS is_later FROM message_event", {"at": reported_at}
    )


def test_account_events_are_kept_once(database: Database) -> None:
    event = AccountEvent(
        event_key=new_id(),
        occurred_at=START,
        source="aws.ses",
        detail_type="Sending Status Disabled",
        detail={"reason": "review"},
    )

    for _ in range(2):
        with database.transaction() as cursor:
            append_account_events(cursor, [event])

    assert [{"detail": {"reason": "review"}, "count": 1}] == database.fetch(
        "SELECT detail, count(*) FROM account_event GROUP BY detail"
    )


def test_five_thousand_events_are_one_statement(database: Database) -> None:
    message_ids = [new_id() for _ in range(2_500)]
    with database.transaction() as cursor:
        store_messages(cursor, message_ids)
    records = [
        email_event(kind, message_id=message_id, provider_message_id=f"ses-{number}")
        for number, message_id in enumerate(message_ids)
        for kind in ("Send", "Open")
    ]
    events = [delivery_event(record) for record in records]
    original = psycopg.Cursor.execute

    with (
        database.transaction() as cursor,
        patch.object(psycopg.Cursor, "execute", autospec=True, side_effect=original) as execute,
    ):
        count = ingest(cursor, [*events, *events])

    assert Ingested(matched=5_000) == count
    assert 1 == execute.call_count


def test_the_tables_are_reached_by_their_keys(database: Database) -> None:
    message_ids = [new_id() for _ in range(20_000)]
    with database.transaction() as cursor:
        store_messages(cursor, message_ids)
    database.fetch(
        "INSERT INTO message_event (event_key, occurred_at, channel, event_type, is_final)"
        " SELECT gen_random_uuid(), %(at)s, 'email', 'Open', false FROM generate_series(1, 20000)",
        {"at": START},
    )
    database.fetch("ANALYZE message, message_state, message_event")
    events = [delivery_event(email_event("Open", message_id=each)) for each in message_ids[:50]]

    with database.transaction() as cursor:
        plan = cursor.execute(
            f"EXPLAIN {queries('events')['ingest_events']}".encode(),
            EventColumns(events).parameters() | {"soft_bounce_days": 5},
        )
        lines = [line for row in plan.fetchall() for line in row.values()]

    scanned = [line for line in lines if "Seq Scan" in line]
    assert [] == [line for line in scanned if "webhook_endpoint" not in line]  # a handful of rows
    assert any("using message_state_pkey on message_state" in line for line in lines)
    assert any("using message_state_by_provider_id on message_state" in line for line in lines)
    assert any("using message_pkey on message" in line for line in lines)


def test_a_copy_that_says_nothing_new_is_not_even_locked(database: Database) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)
    told = email_event("Open", message_id=message_id)
    ingested(database, told)

    written = "SELECT ctid, xmin, xmax FROM message_event"
    before = database.fetch(written)

    assert Ingested() == ingested(database, told)
    assert before == database.fetch(written)


def test_who_meets_a_key_that_is_being_stored_waits_and_counts_it_no_more(
    database: Database, database_url: str
) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)
    told = email_event("Open", message_id=message_id)
    other = email_event("Open", message_id=message_id, occurred_at=at(9))
    late = Database(lambda: database_url)

    with ThreadPoolExecutor(1) as thread:
        with database.transaction() as cursor:
            ingest(cursor, [delivery_event(told)])
            waiting = thread.submit(ingested, late, told, other)
            blocked = "SELECT FROM pg_locks WHERE NOT granted"
            deadline = time.monotonic() + 10
            while not cursor.execute(blocked).fetchall() and time.monotonic() < deadline:
                time.sleep(0.01)
        counted = waiting.result()
    late.close()

    assert Ingested(matched=1) == counted
    with database.transaction() as cursor:
        assert 2 == state_of(cursor, message_id)["open_count"]


def test_processors_at_the_same_messages_at_once_agree(
    database: Database, database_url: str
) -> None:
    message_ids = [new_id() for _ in range(200)]
    with database.transaction() as cursor:
        store_messages(cursor, message_ids)
    events = [
        delivery_event(
            email_event(
                kind, message_id=message_id, provider_message_id=f"ses-{number}", occurred_at=at(n)
            )
        )
        for number, message_id in enumerate(message_ids)
        for n, kind in enumerate(("Send", "Open", "Open", "Bounce"))
    ]

    def ingest_shuffled(seed: int) -> Ingested:
        chance = random.Random(seed)  # noqa: S311 - a shuffle, not a secret
        own = Database(lambda: database_url)
        total = Ingested()
        shuffled = chance.sample(events, k=len(events))
        for cut in range(0, len(shuffled), 100):
            with own.transaction() as cursor:
                total += ingest(cursor, shuffled[cut : cut + 100])
        own.close()
        return total

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(ingest_shuffled, range(4), timeout=60))

    assert len(events) == sum(count.matched for count in counts)
    assert [
        {"status": "bounced", "sent_at": at(0), "opened_at": at(1), "open_count": 2, "count": 200}
    ] == database.fetch(
        "SELECT status, sent_at, opened_at, open_count, count(*) FROM message_state"
        " GROUP BY 1, 2, 3, 4"
    )
