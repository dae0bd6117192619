"""GET /messages, /groups and /health, and who may call them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.database import Database
from tests.http_api import NOW, ApiUnderTest

SMS = {"to": "+14254147755", "message": "a" * 161, "user_id": "u1"}


def test_a_message_shows_where_it_stands_and_what_happened(
    api: ApiUnderTest, database: Database
) -> None:
    sent = api.send(SMS).json
    (message_id,) = sent["message_ids"]
    database.fetch(
        "INSERT INTO message_event (event_key, occurred_at, received_at, message_id, channel,"
        " event_type, status, is_final)"
        " VALUES (gen_random_uuid(), %(at)s + interval '2 s', %(at)s, %(id)s, 'text',"
        " 'TEXT_DELIVERED', 'delivered', true),"
        " (gen_random_uuid(), %(at)s, %(at)s, %(id)s, 'text', 'TEXT_SENT', 'sent', false)",
        {"at": NOW, "id": message_id},
    )

    answer = api.call("GET", f"/messages/{message_id}")

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    expected = {
        "message_id": message_id,
        "group_id": sent["group_id"],
        "channel": "text",
        "to": SMS["to"],
        "user_id": "u1",
        "status": "queued",
        "segments": 2,
        "encoding": "GSM-7",
        "created_at": "2030-01-31T09:00:00Z",
        "expires_at": None,
    }
    assert {name: answer.json[name] for name in expected} == expected
    assert answer.json["events"][0] == {
        "event_type": "TEXT_SENT",
        "occurred_at": "2030-01-31T09:00:00Z",
        "received_at": "2030-01-31T09:00:00Z",
        "status": "sent",
        "cause": None,
        "is_final": False,
        "details": None,
    }
    assert [event["event_type"] for event in answer.json["events"]] == [
        "TEXT_SENT",
        "TEXT_DELIVERED",
    ]


def test_a_group_counts_its_messages_per_status_and_channel(
    api: ApiUnderTest, database: Database
) -> None:
    to = ["+14254147755", "+447860019066", "ann@example.com"]
    sent = api.send({**SMS, "to": to, "subject": "S", "group": "spring"}).json
    database.fetch(
        "UPDATE message_state SET status = 'delivered' WHERE message_id = %(id)s::uuid",
        {"id": sent["message_ids"][0]},
    )

    answer = api.call("GET", f"/groups/{sent['group_id']}")

    expected = {
        "group_id": sent["group_id"],
        "name": "spring",
        "state": "active",
        "created_at": "2030-01-31T09:00:00Z",
        "total": 3,
        "segments": 4,
        "statuses": {"queued": 2, "delivered": 1},
    }
    assert expected.items() <= answer.json.items()
    channels = answer.json["channels"]
    assert (1, 0, {"queued": 1}) == counts(channels["email"])
    assert (2, 4, {"queued": 1, "delivered": 1}) == counts(channels["text"])


def counts(of: Mapping[str, Any]) -> tuple[int, int, dict[str, int]]:
    return of["total"], of["segments"], of["statuses"]


@pytest.mark.parametrize("id_", [str(UUID(int=1)), "1", "x' OR 1=1"])
def test_an_id_nobody_has_is_not_found(api: ApiUnderTest, id_: str) -> None:
    answers = [api.call("GET", f"{path}/{id_}") for path in ("/messages", "/groups")]

    assert [answer.status for answer in answers] == [404, 404]
    assert {answer.headers["Content-Type"] for answer in answers} == {"application/problem+json"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/send"), ("PUT", "/health")])
def test_an_unknown_route_is_not_found(api: ApiUnderTest, method: str, path: str) -> None:
    assert api.call(method, path).status == 404


def test_health_needs_no_key_and_asks_postgres(api: ApiUnderTest) -> None:
    answer = api.call("GET", "/health", key="")

    assert (answer.status, answer.json["status"]) == (200, "ok")
    assert answer.json["schema"] >= 1


def test_health_is_503_without_postgres() -> None:
    database = Database(lambda: "postgresql://127.0.0.1:1/none", patience=timedelta(0))

    assert ApiUnderTest(database, "").call("GET", "/health").status == 503


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Basic bXQ6bXQ=",
        "Bearer mt_test_short",
        "Bearer mt_test_" + "x" * 43,
        "Bearer mt_test_" + "x" * 43 + "\n",
        "Bearer ' OR 1=1 --",
    ],
)
def test_without_a_valid_key_nothing_is_served(
    api: ApiUnderTest, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    routes = [("POST", "/send"), ("GET", f"/messages/{UUID(int=1)}"), ("GET", "/groups/1")]

    answers = [api.call(*route, headers=headers, key="", body="{}") for route in routes]

    assert {answer.status for answer in answers} == {401}
    assert all(answer.headers["WWW-Authenticate"].startswith("Bearer") for answer in answers)


def test_the_scheme_may_be_written_in_any_case(api: ApiUnderTest) -> None:
    answer = api.call("POST", "/send", headers={"authorization": f"bearer {api.key}"}, key="")

    assert answer.status == 400


def test_a_revoked_key_opens_nothing(api: ApiUnderTest, database: Database) -> None:
    keys = ApiKeys(database)
    api_key_id, api.key = keys.create("test", "leaver", NOW)
    before = api.send(SMS).status

    assert keys.revoke(api_key_id, NOW) is True
    assert keys.revoke(api_key_id, NOW) is False
    assert (before, api.send(SMS).status) == (200, 401)


def test_only_a_keys_hash_is_kept(api: ApiUnderTest) -> None:
    (row,) = api.rows("api_key")

    assert api.key.startswith("mt_test_")
    assert len(api.key) == len("mt_test_") + 43
    assert api.key not in str(row)
    assert len(row["key_hash"]) == 32


def test_keys_are_listed_newest_first_without_the_key(database: Database) -> None:
    keys = ApiKeys(database)
    first, _ = keys.create("test", "one", NOW)
    second, _ = keys.create("test", "two", NOW)
    keys.revoke(first, NOW)

    listed = keys.list_all()

    assert [(key.api_key_id, key.name, key.revoked_at) for key in listed] == [
        (second, "two", None),
        (first, "one", NOW),
    ]


def test_no_key_is_revoked_that_never_was(database: Database) -> None:
    assert ApiKeys(database).revoke(UUID(int=1), NOW) is False
