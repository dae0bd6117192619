"""Webhooks by the API: added, changed, rotated, tried, replayed, deleted."""

import json
from base64 import b64decode
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from message_tracker.api.webhooks import MOST_WEBHOOKS, OVERLAP
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.webhooks.verdict import Answer, Verdict
from message_tracker.core.store.callbacks import Callbacks, Called
from tests.callbacks import SEAL
from tests.http_api import ApiUnderTest, HttpAnswer

URL = "https://hooks.example.com/in"


def post(api: ApiUnderTest, path: str, body: object = None) -> HttpAnswer:
    return api.call("POST", path, body=None if body is None else json.dumps(body))


def added(api: ApiUnderTest, **fields: object) -> dict[str, Any]:
    """Add a webhook and return the answer."""
    answer = post(api, "/webhooks", {"url": URL, "types": ["*"], **fields})
    assert answer.status == 200, answer.json
    made: dict[str, Any] = answer.json
    return made


def delivered(
    api: ApiUnderTest, webhook_id: str, count: int = 1, *, is_good: bool = True
) -> list[UUID]:
    """Have so many tests called, and return their ids."""
    callbacks, ids = Callbacks(api.database), [new_id() for _ in range(count)]
    for each in ids:
        callbacks.owe_test(UUID(webhook_id), each, now=api.now)
    due = callbacks.claim(new_id(), most=count, now=api.now, until=api.now + timedelta(minutes=1))
    answer = Answer(200 if is_good else 500, 12)
    callbacks.record([Called(each, answer, Verdict(is_good)) for each in due], now=api.now)
    return ids


def test_a_webhook_is_added_with_a_secret_that_is_shown_once_and_kept_encrypted(
    api: ApiUnderTest,
) -> None:
    made = added(api, description="the shop")

    secret = made.pop("secret")
    [row] = api.rows("webhook_endpoint")
    raw = b64decode(secret.removeprefix("whsec_"))
    assert secret.startswith("whsec_")
    assert 32 == len(raw)
    assert raw not in row["secret"]
    assert raw == SEAL.open(row["secret"], of=UUID(made["webhook_id"]).bytes)
    assert made == api.call("GET", f"/webhooks/{made['webhook_id']}").json
    assert {
        "url": URL,
        "types": ["*"],
        "description": "the shop",
        "is_enabled": True,
        "created_at": "2030-01-31T09:00:00Z",
        "disabled_because": None,
    }.items() <= made.items()


def test_all_webhooks_are_listed_without_their_secrets(api: ApiUnderTest) -> None:
    ids = [added(api)["webhook_id"] for _ in range(2)]

    listed = api.call("GET", "/webhooks").json["webhooks"]

    assert ids == [each["webhook_id"] for each in listed]
    assert not any("secret" in each for each in listed)


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"types": ["*"]}, "#/url", "is missing"),
        ({"url": URL}, "#/types", "is missing"),
        ({"url": "http://hooks.example.com/", "types": ["*"]}, "#/url", "https://"),
        ({"url": "https://localhost/", "types": ["*"]}, "#/url", "inner network"),
        ({"url": "https://169.254.169.254/", "types": ["*"]}, "#/url", "not public"),
        ({"url": URL, "types": []}, "#/types", "is empty"),
        ({"url": URL, "types": ["message.eaten"]}, "#/types", "no type of callback"),
        ({"url": URL, "types": ["webhook.test"]}, "#/types", "no type of callback"),
        ({"url": URL, "types": "*"}, "#/types", "array"),
        ({"url": URL, "types": ["*"], "description": "a\nb"}, "#/description", "line break"),
        ({"url": URL, "types": ["*"], "secret": "mine"}, "#/secret", "no field"),
    ],
)
def test_a_webhook_that_cannot_be_called_is_refused_with_its_fault(
    api: ApiUnderTest, body: object, pointer: str, detail: str
) -> None:
    answer = post(api, "/webhooks", body)

    [fault] = answer.json["errors"]
    assert (400, pointer) == (answer.status, fault["pointer"])
    assert detail in fault["detail"]
    assert [] == api.rows("webhook_endpoint")


def test_types_are_kept_once_each_and_a_star_stands_for_all(api: ApiUnderTest) -> None:
    some = added(api, types=["message.sent", "message.bounced", "message.sent"])
    every = added(api, types=["message.sent", "*"])

    assert (["message.bounced", "message.sent"], ["*"]) == (some["types"], every["types"])


def test_there_is_a_limit_to_webhooks(api: ApiUnderTest) -> None:
    api.database.fetch(
        "INSERT INTO webhook_endpoint (webhook_endpoint_id, url, types, secret)"
        " SELECT gen_random_uuid(), 'https://example.com/', '{*}', ''"
        "   FROM generate_series(1, %(most)s::integer)",
        {"most": MOST_WEBHOOKS},
    )

    answer = post(api, "/webhooks", {"url": URL, "types": ["*"]})

    assert (409, "urn:message-tracker:problem:too-many-webhooks") == (
        answer.status,
        answer.json["type"],
    )


def test_what_is_given_is_changed_and_the_rest_stays(api: ApiUnderTest) -> None:
    made = added(api, description="the shop")
    path = f"/webhooks/{made['webhook_id']}"

    url = api.call("PATCH", path, body='{"url": "https://other.example/x"}').json
    off = api.call("PATCH", path, body='{"is_enabled": false, "types": ["message.sent"]}').json
    on = api.call("PATCH", path, body='{"is_enabled": true}').json
    refused = api.call("PATCH", path, body='{"url": "https://10.0.0.1/"}')

    assert ("https://other.example/x", "the shop") == (url["url"], url["description"])
    assert (False, "by request", ["message.sent"]) == (
        off["is_enabled"],
        off["disabled_because"],
        off["types"],
    )
    assert (True, None, None) == (on["is_enabled"], on["disabled_at"], on["disabled_because"])
    assert 400 == refused.status
    assert ["{}"] == api.webhook_queue.bodies


def test_a_rotated_secret_is_new_and_the_one_before_is_kept_for_a_day(api: ApiUnderTest) -> None:
    made = added(api)

    changed = post(api, f"/webhooks/{made['webhook_id']}/rotate").json

    [row] = api.rows("webhook_endpoint")
    before = SEAL.open(row["previous_secret"], of=UUID(made["webhook_id"]).bytes)
    assert changed["secret"] != made["secret"]
    assert b64decode(made["secret"].removeprefix("whsec_")) == before
    assert api.now + OVERLAP == row["previous_secret_until"]


def test_a_test_is_owed_and_the_dispatcher_woken(api: ApiUnderTest) -> None:
    made = added(api)

    callback_id = post(api, f"/webhooks/{made['webhook_id']}/test").json["callback_id"]

    [row] = api.rows("webhook_delivery")
    assert (callback_id, "webhook.test", api.now) == (
        str(row["callback_id"]),
        row["type"],
        row["due_at"],
    )
    assert ["{}"] == api.webhook_queue.bodies


def test_the_log_is_read_in_pages_to_its_end(api: ApiUnderTest) -> None:
    webhook_id = added(api)["webhook_id"]
    ids = delivered(api, webhook_id, 5)
    path, found = f"/webhooks/{webhook_id}/deliveries?limit=2", []
    page = api.call("GET", path).json
    found += page["deliveries"]

    while page["next"]:
        page = api.call("GET", f"{path}&before={page['next']}").json
        found += page["deliveries"]

    assert [str(each) for each in reversed(ids)] == [each["callback_id"] for each in found]
    assert {("delivered", 200, 12, 1)} == {
        (each["state"], each["answer_status"], each["latency_ms"], each["attempts"])
        for each in found
    }


def test_the_log_tells_what_waits_and_what_was_given_up(api: ApiUnderTest) -> None:
    webhook_id = added(api)["webhook_id"]
    delivered(api, webhook_id, is_good=False)
    post(api, f"/webhooks/{webhook_id}/test")

    log = api.call("GET", f"/webhooks/{webhook_id}/deliveries").json["deliveries"]

    assert ["waiting", "given_up"] == [each["state"] for each in log]


def test_one_delivery_or_those_since_a_time_are_replayed(api: ApiUnderTest) -> None:
    webhook_id = added(api)["webhook_id"]
    [first, *_] = delivered(api, webhook_id, 3)
    delivered(api, webhook_id, 2, is_good=False)
    path, since = f"/webhooks/{webhook_id}/replay", "2030-01-31T09:00:00Z"

    counts = [
        post(api, path, body).json["replayed"]
        for body in (
            {"callback_id": str(first)},
            {"since": since},
            {"since": since},
            {"since": since, "with_delivered": True},
        )
    ]

    assert [1, 2, 0, 2] == counts


@pytest.mark.parametrize(
    "body",
    [{}, {"callback_id": str(new_id()), "since": "2030-01-31T09:00:00Z"}, {"since": 1893488400}],
)
def test_a_replay_says_of_what(api: ApiUnderTest, body: object) -> None:
    answer = post(api, f"/webhooks/{added(api)['webhook_id']}/replay", body)

    assert 400 == answer.status


def test_a_deleted_webhook_is_gone_and_is_owed_nothing(api: ApiUnderTest) -> None:
    webhook_id = added(api)["webhook_id"]
    post(api, f"/webhooks/{webhook_id}/test")

    gone = api.call("DELETE", f"/webhooks/{webhook_id}")

    due = Callbacks(api.database).claim(new_id(), most=9, now=api.now, until=api.now)
    assert (200, {"webhook_id": webhook_id}, []) == (gone.status, gone.json, due)
    assert 404 == api.call("GET", f"/webhooks/{webhook_id}").status


@pytest.mark.parametrize("webhook_id", [str(new_id()), "none"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"description": "x"}),
        ("DELETE", "", None),
        ("POST", "/rotate", None),
        ("POST", "/test", None),
        ("POST", "/replay", {"since": "2030-01-31T09:00:00Z"}),
        ("POST", "/replay", {"callback_id": str(new_id())}),
        ("GET", "/deliveries", None),
    ],
)
def test_a_webhook_that_there_is_not_is_not_found(
    api: ApiUnderTest, webhook_id: str, method: str, path: str, body: object
) -> None:
    answer = api.call(method, f"/webhooks/{webhook_id}{path}", body=json.dumps(body))

    assert 404 == answer.status


def test_a_delivery_that_there_is_not_is_not_found(api: ApiUnderTest) -> None:
    path = f"/webhooks/{added(api)['webhook_id']}/replay"

    assert 404 == post(api, path, {"callback_id": str(new_id())}).status
