"""Idempotency-Key: a request that comes again is answered again, and sends nothing again."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import cast

import pytest

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.database import Database
from message_tracker.core.store.sweep import SweepStore
from tests.fakes import FakeQueue
from tests.http_api import NOW, ApiUnderTest

SMS = {"to": "+14254147755", "message": "Hi"}
KEY = {"Idempotency-Key": "order-4711"}


def test_a_repeat_gets_the_first_answer_and_stores_nothing(api: ApiUnderTest) -> None:
    first = api.send({**SMS, "group": "g"}, KEY)

    again = api.send({**SMS, "group": "g"}, KEY)

    assert (again.status, again.json) == (200, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert len(api.rows("message")) == 1


def test_another_body_with_the_same_key_is_a_conflict(api: ApiUnderTest) -> None:
    api.send(SMS, KEY)

    answer = api.send({**SMS, "message": "Hi again"}, KEY)

    assert (answer.status, answer.json["type"]) == (
        409,
        "urn:message-tracker:problem:idempotency-key-reused",
    )
    assert len(api.rows("message")) == 1


def test_a_refused_request_does_not_use_its_key_up(api: ApiUnderTest) -> None:
    api.send({**SMS, "to": "bob"}, KEY)

    assert api.send(SMS, KEY).status == 200


def test_two_callers_may_use_the_same_key(api: ApiUnderTest, database: Database) -> None:
    _, other = ApiKeys(database).create("test", "other", NOW)

    first = api.send(SMS, KEY)
    api.key = other
    second = api.send(SMS, KEY)

    assert first.json["message_ids"] != second.json["message_ids"]


def test_a_repeat_is_answered_even_when_it_would_be_refused_now(
    api: ApiUnderTest, database: Database
) -> None:
    first = api.send({**SMS, "group": "g"}, KEY)
    database.fetch("UPDATE message_group SET state = 'stopped'")

    assert api.send({**SMS, "group": "g"}, KEY).json == first.json


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "ü"])
def test_a_key_must_be_short_and_printable(api: ApiUnderTest, key: str) -> None:
    answer = api.send(SMS, {"Idempotency-Key": key})

    assert (answer.status, api.rows("message")) == (400, [])


def test_of_fifty_concurrent_repeats_one_sends_and_all_get_its_answer(
    api: ApiUnderTest, database_url: str
) -> None:
    together = Barrier(50)

    def send_on_own_connection(_number: int) -> tuple[int, str]:
        database = Database(lambda: database_url)
        own = ApiUnderTest(database, api.key)
        together.wait(timeout=30)
        answer = own.send({**SMS, "group": "same"}, KEY)
        database.close()
        return answer.status, json.dumps(answer.json, sort_keys=True)

    with ThreadPoolExecutor(50) as pool:
        answers = set(pool.map(send_on_own_connection, range(50)))

    assert {status for status, _ in answers} == {200}
    assert len(answers) == 1
    assert (len(api.rows("message")), len(api.rows("message_group"))) == (1, 1)


def test_a_different_body_that_comes_at_the_same_time_is_a_conflict(
    api: ApiUnderTest, database_url: str
) -> None:
    together = Barrier(2)

    def send_on_own_connection(message: str) -> int:
        database = Database(lambda: database_url)
        own = ApiUnderTest(database, api.key)
        together.wait(timeout=30)
        answer = own.send({**SMS, "message": message}, KEY)
        database.close()
        return answer.status

    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(send_on_own_connection, ["one", "other"]))

    assert (statuses, len(api.rows("message"))) == ([200, 409], 1)


def test_after_a_crash_between_commit_and_enqueue_a_repeat_sends_once(
    api: ApiUnderTest, database: Database
) -> None:
    queue = api.queues[Channel.TEXT, Kind.TRANSACTIONAL]
    api.queues[Channel.TEXT, Kind.TRANSACTIONAL] = cast("FakeQueue", _Crash())
    with pytest.raises(_Crashed):
        ApiUnderTest(database, api.key, api.queues).send(SMS, KEY)
    api.queues[Channel.TEXT, Kind.TRANSACTIONAL] = queue

    again = ApiUnderTest(database, api.key, api.queues).send(SMS, KEY)

    assert again.headers["Idempotent-Replayed"] == "true"
    assert [str(row["message_id"]) for row in api.rows("message")] == again.json["message_ids"]
    assert queue.bodies == []
    sweep = SweepStore(database)
    due = [sweep.take_due(Channel.TEXT, new_id(), now=NOW, until=NOW) for _ in range(2)]
    assert [[str(each.message_id) for each in taken] for taken in due] == [
        again.json["message_ids"],
        [],
    ]


class _Crashed(BaseException):
    """The process is gone."""


class _Crash:
    def send(self, bodies: Sequence[str]) -> list[int]:
        raise _Crashed
