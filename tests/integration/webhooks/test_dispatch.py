"""What is owed is called: at least once, signed, again after a failure, and never two at once."""

import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.webhooks.verdict import MOST_ATTEMPTS, PATIENCE, WAITS, Answer
from message_tracker.core.ports import CallbackCaller
from message_tracker.core.store.callbacks import Callbacks
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries
from message_tracker.core.store.webhooks import Webhooks
from message_tracker.webhook_dispatcher.calling import PinnedCaller
from message_tracker.webhook_dispatcher.service import Dispatcher
from tests.callbacks import SEAL, SECRET, a_webhook, owed
from tests.webhook_receiver import HOST, Receiver, Reply

SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Clock:
    """A clock that tests set."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class FakeCaller:
    """Answers by URL, with 200 by default, and counts the calls of each body."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    calls: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def call(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.calls.append((url, headers))
        return self.answers.get(url, Answer(200, 1))


def dispatched(
    database: Database, caller: CallbackCaller, clock: Clock | None = None, *, calls: int = 8
) -> dict[str, int]:
    """Dispatch once, with ten minutes of time."""
    clock = clock or Clock()
    service = Dispatcher(Callbacks(database), SEAL, caller, calls, clock, lambda: 0.5)
    return dict(service.dispatch(clock.now + timedelta(minutes=10)))


def local() -> PinnedCaller:
    return PinnedCaller(local_hosts=[HOST])


def owe(database: Database, webhook_id: UUID, count: int = 1) -> list[UUID]:
    """Owe an endpoint so many tests, as of a second ago."""
    ids = [new_id() for _ in range(count)]
    for each in ids:
        Callbacks(database).owe_test(webhook_id, each, now=datetime.now(UTC) - SECOND)
    return ids


def test_a_receiver_verifies_what_it_gets(database: Database) -> None:
    with Receiver() as receiver:
        [callback_id] = owe(database, a_webhook(database, receiver.url))

        done = dispatched(database, local())

    [post] = receiver.posts
    said = Webhook(SECRET).verify(post.body, dict(post.headers))
    assert {"CallbacksDelivered": 1, "CallbacksFailed": 0, "WebhooksDisabled": 0} == done
    assert str(callback_id) == post.headers["webhook-id"]
    assert ("webhook.test", "1", {}) == (said["type"], said["api_version"], said["data"])


def test_a_delivery_is_logged_and_not_made_again(database: Database) -> None:
    webhook_id = a_webhook(database)
    owe(database, webhook_id)
    caller = FakeCaller()

    dispatched(database, caller)
    dispatched(database, caller)

    [row] = owed(database)
    assert 1 == len(caller.calls)
    assert (200, 1, 1, None) == (
        row["answer_status"],
        row["latency_ms"],
        row["attempts"],
        row["due_at"],
    )
    assert row["delivered_at"] is not None


def test_a_failure_is_tried_again_by_the_schedule_under_the_same_id(database: Database) -> None:
    url = "https://example.com/hook"
    owe(database, a_webhook(database, url))
    caller, clock = FakeCaller({url: Answer(500, 1)}), Clock()

    for wait in WAITS:
        dispatched(database, caller, clock)
        clock.now += wait - SECOND
        dispatched(database, caller, clock)
        clock.now += SECOND
    dispatched(database, caller, clock)
    clock.now += timedelta(days=7)
    dispatched(database, caller, clock)

    [row] = owed(database)
    assert MOST_ATTEMPTS == len(caller.calls) == row["attempts"]
    assert 1 == len({headers["webhook-id"] for _, headers in caller.calls})
    assert (None, None) == (row["due_at"], row["delivered_at"])


def test_an_endpoint_that_asks_to_wait_is_left_alone_so_long(database: Database) -> None:
    url = "https://example.com/hook"
    owe(database, a_webhook(database, url))
    caller, clock = FakeCaller({url: Answer(429, 1, retry_after="3600")}), Clock()

    dispatched(database, caller, clock)

    assert clock.now + timedelta(hours=1) == owed(database)[0]["due_at"]


def test_gone_disables_the_endpoint(database: Database) -> None:
    url = "https://example.com/hook"
    webhook_id = a_webhook(database, url)
    owe(database, webhook_id)

    done = dispatched(database, FakeCaller({url: Answer(410, 1)}))

    webhook = Webhooks(database).find(webhook_id)
    assert webhook is not None
    assert 1 == done["WebhooksDisabled"]
    assert "it answered 410 Gone" == webhook.disabled_because


def test_days_of_failure_disable_the_endpoint_and_one_good_answer_does_not(
    database: Database,
) -> None:
    url = "https://example.com/hook"
    webhook_id = a_webhook(database, url)
    bad, good, clock = FakeCaller({url: Answer(None, 1, error="no")}), FakeCaller(), Clock()
    done = []

    for caller, wait in ((bad, PATIENCE / 2), (good, PATIENCE / 2), (bad, PATIENCE), (bad, SECOND)):
        owe(database, webhook_id)
        done.append(dispatched(database, caller, clock)["WebhooksDisabled"])
        clock.now += wait

    webhook = Webhooks(database).find(webhook_id)
    assert webhook is not None
    assert [0, 0, 0, 1] == done
    assert webhook.disabled_because == "it failed for three days without one good answer"


def enable(database: Database, webhook_id: UUID, *, is_enabled: bool) -> None:
    Webhooks(database).change(
        webhook_id,
        url=None,
        description=None,
        types=None,
        is_enabled=is_enabled,
        now=datetime.now(UTC),
    )


def test_an_endpoint_that_is_enabled_again_gets_what_it_is_owed(database: Database) -> None:
    webhook_id = a_webhook(database)
    owe(database, webhook_id, 2)
    enable(database, webhook_id, is_enabled=False)
    caller = FakeCaller()
    dispatched(database, caller)
    before = len(caller.calls)

    enable(database, webhook_id, is_enabled=True)
    dispatched(database, caller)

    assert (0, 2) == (before, len(caller.calls))


def test_a_rotated_secret_signs_beside_the_one_before_until_it_ends(database: Database) -> None:
    webhook_id, clock, new = a_webhook(database), Clock(), b"n" * 32
    sealed = SEAL.seal(new, of=webhook_id.bytes)
    Webhooks(database).rotate(webhook_id, sealed, until=clock.now + timedelta(hours=24))
    counts = []

    for wait in (timedelta(hours=23), timedelta(hours=2)):
        owe(database, webhook_id)
        clock.now += wait
        caller = FakeCaller()
        dispatched(database, caller, clock)
        counts.append(len(caller.calls[0][1]["webhook-signature"].split()))

    assert [2, 1] == counts


def test_who_dies_between_the_call_and_its_record_has_it_called_again(database: Database) -> None:
    [callback_id] = owe(database, a_webhook(database))
    callbacks, clock = Callbacks(database), Clock()
    until = clock.now + timedelta(minutes=1)
    died = callbacks.claim(new_id(), most=10, now=clock.now, until=until)
    caller = FakeCaller()

    dispatched(database, caller, clock)
    while_claimed = len(caller.calls)
    clock.now = until
    dispatched(database, caller, clock)

    assert [callback_id] == [each.callback.callback_id for each in died]
    assert (0, 1) == (while_claimed, len(caller.calls))
    assert str(callback_id) == caller.calls[0][1]["webhook-id"]


def test_two_dispatchers_never_call_one_callback_at_once(
    database_url: str, database: Database
) -> None:
    for _ in range(5):
        owe(database, a_webhook(database), 40)
    caller = FakeCaller()
    databases = [Database(lambda: database_url) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: dispatched(each, caller), databases))

    for each in databases:
        each.close()
    ids = [headers["webhook-id"] for _, headers in caller.calls]
    assert 200 == len(ids) == len(set(ids))


def test_a_silent_endpoint_does_not_hold_up_the_others(database: Database) -> None:
    over = threading.Event()

    class HalfSilent(FakeCaller):
        def call(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
            if "silent" in url:
                over.wait(10)
            elif len(self.calls) == 199:
                over.set()  # all others are done while the silent one is still silent
            return FakeCaller.call(self, url, body, headers)

    silent = a_webhook(database, "https://silent.example/")
    owe(database, silent, 50)
    owe(database, a_webhook(database), 200)
    caller = HalfSilent()

    dispatched(database, caller, calls=24)

    assert over.is_set()
    assert 250 == len(caller.calls)


def test_an_endpoint_is_called_so_often_at_once_and_no_more(database: Database) -> None:
    with Receiver(reply=Reply(after_seconds=0.02)) as receiver:
        owe(database, a_webhook(database, receiver.url), 60)

        dispatched(database, local(), calls=32)

    assert 60 == len(receiver.posts)
    assert receiver.most_at_once <= 16


def test_an_endpoint_that_fails_is_called_one_at_a_time(database: Database) -> None:
    webhook_id = a_webhook(database)
    owe(database, webhook_id, 20)
    callbacks, now = Callbacks(database), datetime.now(UTC)
    database.fetch("UPDATE webhook_endpoint SET failing_since = now()")

    claims = [
        len(callbacks.claim(new_id(), most=10, now=now, until=now + SECOND)) for _ in range(2)
    ]

    assert [1, 0] == claims


def test_a_secret_that_does_not_open_costs_its_own_endpoint_only(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    owe(database, a_webhook(database, "https://good.example/"))
    bad = a_webhook(database, "https://bad.example/")
    owe(database, bad)
    database.fetch(
        "UPDATE webhook_endpoint SET secret = 'damaged' WHERE webhook_endpoint_id = %(id)s::uuid",
        {"id": bad},
    )
    caller = FakeCaller()

    done = dispatched(database, caller)

    assert ["https://good.example/"] == [url for url, _ in caller.calls]
    assert 1 == done["CallbacksFailed"]
    assert {"not called: ConfigurationFault", None} == {row["error"] for row in owed(database)}


def test_an_error_nobody_foresaw_is_logged_without_what_it_says(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(FakeCaller):
        def call(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
            raise ValueError(f"{body!r} of jane@example.com")

    owe(database, a_webhook(database))

    dispatched(database, Failing())

    log = caplog.text + str([vars(record) for record in caplog.records])
    assert {"not called: ValueError"} == {row["error"] for row in owed(database)}
    assert "a callback was not made" in log
    assert "ValueError" in log
    assert "jane" not in log


def test_no_call_begins_after_the_deadline(database: Database) -> None:
    owe(database, a_webhook(database))
    clock, caller = Clock(), FakeCaller()

    Dispatcher(Callbacks(database), SEAL, caller, 8, clock, lambda: 0.5).dispatch(clock.now)

    assert [] == caller.calls


def test_the_claim_reads_what_is_due_by_its_index(database: Database) -> None:
    webhook_id = a_webhook(database)
    database.fetch(
        "INSERT INTO webhook_delivery (webhook_endpoint_id, callback_id, type, occurred_at, due_at)"
        " SELECT %(id)s::uuid, gen_random_uuid(), 'webhook.test', now(),"
        "        CASE WHEN n %% 100 = 0 THEN now() END"
        "   FROM generate_series(1, 20000) AS n",
        {"id": webhook_id},
    )
    database.fetch("ANALYZE webhook_delivery")
    now = datetime.now(UTC)
    parameters = {
        "claim_id": new_id(),
        "most": 64,
        "most_each": 16,
        "now": now,
        "claimed_until": now,
    }

    with database.transaction() as cursor:
        query = f"EXPLAIN {queries('callbacks')['claim_callbacks']}".encode()
        plan = json.dumps(cursor.execute(query, parameters).fetchall())

    assert "Index Scan using webhook_delivery_due" in plan
    assert "Seq Scan on webhook_delivery" not in plan
    assert "Seq Scan on message" not in plan
