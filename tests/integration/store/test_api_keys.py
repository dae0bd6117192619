"""What a key opens, how much of it, and when it no longer does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from time import monotonic
from unittest.mock import MagicMock
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from psycopg import Rollback

from message_tracker.core.domain.api_key import USUAL_SCOPES, Caller, KeyTerms, Scope
from message_tracker.core.store.api_keys import ApiKeys, charge_messages
from message_tracker.core.store.database import Database

NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
SLOW = 0.001  # a second: within a test nothing comes back by itself


def a_key(database: Database, terms: KeyTerms | None = None) -> tuple[UUID, str]:
    return ApiKeys(database).create("test", "shop", NOW, terms)


def waits(database: Database, key: str, times: int) -> list[bool]:
    """Return for each of some requests whether it had to wait."""
    admissions = [ApiKeys(database).admit(key) for _ in range(times)]
    return [admission is not None and bool(admission.wait) for admission in admissions]


def let_pass(database: Database, duration: timedelta) -> None:
    """Let time pass for the rates: what was used lies further back."""
    database.fetch(
        "UPDATE api_key_rate SET paid_until = paid_until - %(duration)s::interval",
        {"duration": duration},
    )


@contextmanager
def connections(url: str, count: int) -> Iterator[list[Database]]:
    """Give some connections of their own, which are open."""
    databases = [Database(lambda: url) for _ in range(count)]
    try:
        yield databases
    finally:
        for database in databases:
            database.close()


def test_a_key_opens_the_usual_unless_its_maker_says_otherwise(database: Database) -> None:
    usual_id, usual = a_key(database)
    own_id, own = a_key(
        database,
        KeyTerms(
            scopes=frozenset({Scope.READ}),
            countries=frozenset({"US", "GB"}),
            messages_per_second=5.0,
        ),
    )
    keys = ApiKeys(database)

    admitted = [keys.admit(key) for key in (usual, own)]

    assert [found.caller for found in admitted if found] == [
        Caller(usual_id, USUAL_SCOPES),
        Caller(own_id, frozenset({Scope.READ}), countries={"US", "GB"}, messages_per_second=5.0),
    ]


def test_a_test_key_is_told_by_its_look(database: Database) -> None:
    _, key = a_key(database, KeyTerms(is_test=True))
    admission = ApiKeys(database).admit(key)

    assert key.startswith("mt_test_test_")
    assert admission is not None
    assert admission.caller.is_test


def test_an_expired_key_is_nobody_s(database: Database) -> None:
    now = datetime.now(UTC)
    _, expired = a_key(database, KeyTerms(expires_at=now - timedelta(seconds=1)))
    _, valid = a_key(database, KeyTerms(expires_at=now + timedelta(hours=1)))
    keys = ApiKeys(database)

    assert keys.admit(expired) is None
    assert keys.admit(valid) is not None


def test_whatever_the_key_one_statement_finds_it(database: Database) -> None:
    key_id, revoked = a_key(database)
    ApiKeys(database).revoke(key_id, NOW)
    _, limited = a_key(database, KeyTerms(requests_per_second=1))
    _, expired = a_key(database, KeyTerms(expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
    watched = MagicMock(wraps=database)

    for key in (revoked, limited, expired, "mt_test_" + "x" * 43):
        ApiKeys(watched).admit(key)

    asked = [call.args[0] for call in watched.fetch.call_args_list]
    assert (4, 1) == (len(asked), len(set(asked)))


def test_use_is_noted_once_a_minute(database: Database) -> None:
    _, key = a_key(database)
    keys = ApiKeys(database)

    versions = set()
    for _ in range(5):
        keys.admit(key)
        [row] = database.fetch("SELECT last_used_at, xmin::text FROM api_key")
        versions.add(row["xmin"])
    first = row["last_used_at"]
    database.fetch("UPDATE api_key SET last_used_at = last_used_at - interval '61 s'")
    keys.admit(key)
    [listed] = keys.list_all()

    assert len(versions) == 1
    assert listed.last_used_at is not None
    assert listed.last_used_at > first


def test_a_second_s_worth_of_requests_is_taken_at_once_and_no_more(database: Database) -> None:
    _, key = a_key(database, KeyTerms(requests_per_second=4))

    assert waits(database, key, 6)[:4] == [False] * 4
    let_pass(database, timedelta(hours=1))
    assert waits(database, key, 4) == [False] * 4


def test_the_wait_is_until_there_is_room_again(database: Database) -> None:
    _, key = a_key(database, KeyTerms(requests_per_second=SLOW))
    keys = ApiKeys(database)
    keys.admit(key)

    refused = keys.admit(key)
    assert refused is not None
    let_pass(database, refused.wait)

    assert timedelta(seconds=990) < refused.wait <= timedelta(seconds=1000)
    assert waits(database, key, 2) == [False, True]


def test_a_refused_request_uses_nothing_up(database: Database) -> None:
    _, key = a_key(database, KeyTerms(requests_per_second=SLOW))
    waits(database, key, 50)

    let_pass(database, timedelta(seconds=1000))

    assert waits(database, key, 1) == [False]


def test_keys_have_a_rate_each(database: Database) -> None:
    _, one = a_key(database, KeyTerms(requests_per_second=SLOW))
    _, other = a_key(database, KeyTerms(requests_per_second=SLOW))

    assert waits(database, one, 1) + waits(database, other, 1) == [False, False]


def test_the_rate_is_exact_under_concurrency(database: Database, database_url: str) -> None:
    _, key = a_key(database, KeyTerms(requests_per_second=20))

    with connections(database_url, 8) as own, ThreadPoolExecutor(8) as pool:
        began = monotonic()
        refused = [wait for some in pool.map(lambda one: waits(one, key, 10), own) for wait in some]
        took = monotonic() - began

    assert 20 <= refused.count(False) <= 20 * (1 + took)


@pytest.mark.parametrize("first", [1, 7, 10_000], ids=["one", "some", "more than a second's worth"])
def test_a_request_of_any_size_is_taken_when_nothing_is_owed_and_then_paid_off(
    database: Database, first: int
) -> None:
    key_id, _ = a_key(database)
    caller = Caller(key_id, USUAL_SCOPES, messages_per_second=0.5)

    with database.transaction() as cursor:
        taken = [charge_messages(cursor, caller, size) for size in (first, 1)]

    assert taken[0] == timedelta()
    assert timedelta(seconds=2 * first - 1.9) < taken[1] <= timedelta(seconds=2 * first)


def test_what_is_rolled_back_was_not_used(database: Database) -> None:
    key_id, _ = a_key(database)
    caller = Caller(key_id, USUAL_SCOPES, messages_per_second=SLOW)

    with database.transaction() as cursor:
        charge_messages(cursor, caller, 1)
        raise Rollback
    with database.transaction() as cursor:
        wait = charge_messages(cursor, caller, 1)

    assert wait == timedelta()


@hypothesis_settings(max_examples=25)
@given(uses=st.lists(st.tuples(st.integers(1, 30), st.floats(0, 3)), min_size=1, max_size=12))
def test_no_stretch_of_time_has_more_than_the_rate_a_second_and_one_use(
    database: Database, uses: list[tuple[int, float]]
) -> None:
    rate, paused = 10.0, 0.0
    key_id, _ = a_key(database)
    caller = Caller(key_id, USUAL_SCOPES, messages_per_second=rate)

    taken: list[tuple[float, float, int]] = []
    for size, pause in uses:
        let_pass(database, timedelta(seconds=pause))
        paused += pause
        since = monotonic() + paused
        with database.transaction() as cursor:
            if not charge_messages(cursor, caller, size):
                taken.append((since, monotonic() + paused, size))

    for (first, (since, _, _)), (last, (_, until, largest)) in product(enumerate(taken), repeat=2):
        total = sum(size for _, _, size in taken[first : last + 1])
        assert total - largest <= rate * (until - since + 1.01) or last < first
