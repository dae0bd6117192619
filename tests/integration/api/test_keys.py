"""What a key opens at the API, and what it does not."""

from typing import Any

import pytest

from message_tracker.core.domain.api_key import KeyTerms, Scope
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.database import Database
from tests.http_api import NOW, ApiUnderTest

US, GB, FR = "+14254147755", "+447860019066", "+33755512501"
SMS = {"to": US, "message": "Hi"}
MAIL = {"to": "ann@example.com", "subject": "Hi", "message": "Hi"}
SLOW = 0.001  # a second: within a test nothing comes back by itself


def use_key(api: ApiUnderTest, database: Database, terms: KeyTerms) -> None:
    _, api.key = ApiKeys(database).create("test", "limited", NOW, terms)


@pytest.mark.parametrize(
    ("scope", "request_", "wanted"),
    [
        (Scope.SEND_EMAIL, SMS, "send:sms"),
        (Scope.SEND_TEXT, MAIL, "send:email"),
        (Scope.SEND_TEXT, {**MAIL, "to": [US, "ann@example.com"]}, "send:email"),
    ],
)
def test_a_key_sends_only_by_the_channels_it_has_scopes_for(
    api: ApiUnderTest, database: Database, scope: Scope, request_: dict[str, Any], wanted: str
) -> None:
    use_key(api, database, KeyTerms(scopes={scope}))

    answer, tried = api.send(request_), api.send({**request_, "dry_run": True})

    assert (answer.status, answer.json["type"]) == (403, "urn:message-tracker:problem:forbidden")
    assert f"'{wanted}'" in answer.json["detail"]
    assert tried.json == answer.json
    assert api.rows("message") == []


@pytest.mark.parametrize(("scope", "status"), [(Scope.READ, 404), (Scope.ADMIN, 403)])
def test_a_scope_includes_no_other(
    api: ApiUnderTest, database: Database, scope: Scope, status: int
) -> None:
    use_key(api, database, KeyTerms(scopes={scope}))

    read = api.call("GET", "/groups/unknown")
    sent = api.send(SMS)

    assert (read.status, sent.status) == (status, 403)
    assert "'send:email' or 'send:sms'" in sent.json["detail"]


def test_a_key_beyond_its_requests_is_told_when_to_come_again(
    api: ApiUnderTest, database: Database
) -> None:
    use_key(api, database, KeyTerms(requests_per_second=SLOW))

    answers = [api.send(SMS) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 429]
    assert 990 < int(answers[1].headers["Retry-After"]) <= 1000
    assert answers[1].json["type"] == "urn:message-tracker:problem:too-many-requests"
    assert len(api.rows("message")) == 1


def test_a_key_beyond_its_messages_has_none_accepted(api: ApiUnderTest, database: Database) -> None:
    use_key(api, database, KeyTerms(messages_per_second=1))
    many = {**SMS, "to": [US, GB, FR], "group": "spring"}

    answers = [api.send(many), api.send({**many, "group": "summer"})]

    assert [answer.status for answer in answers] == [200, 429]
    assert int(answers[1].headers["Retry-After"]) in (2, 3)
    assert len(api.rows("message")) == 3
    assert [group["name"] for group in api.rows("message_group")] == ["spring"]


def test_a_repeat_is_answered_though_the_messages_are_used_up(
    api: ApiUnderTest, database: Database
) -> None:
    use_key(api, database, KeyTerms(messages_per_second=SLOW))
    key = {"Idempotency-Key": "order-4711"}

    first, again = api.send(SMS, key), api.send(SMS, key)

    assert (again.status, again.json) == (200, first.json)


def test_reading_uses_no_messages_up(api: ApiUnderTest, database: Database) -> None:
    use_key(api, database, KeyTerms(messages_per_second=SLOW))
    api.send(SMS)

    assert api.call("GET", "/groups/unknown").status == 404


def test_a_number_of_a_country_the_key_may_not_text_to_is_named(
    api: ApiUnderTest, database: Database
) -> None:
    use_key(api, database, KeyTerms(countries={"US", "CA"}))

    answer = api.send({**SMS, "to": [US, GB, US, FR, "ann@example.com"], "subject": "Hi"})

    assert answer.status == 400
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["#/to/1", "#/to/3"]
    assert "a number of GB, and the API key may text CA, US" in answer.json["errors"][0]["detail"]
    assert api.rows("message") == []


def test_a_partial_request_leaves_out_the_countries_the_key_may_not_text_to(
    api: ApiUnderTest, database: Database
) -> None:
    use_key(api, database, KeyTerms(countries={"US"}))

    answer = api.send({**SMS, "to": [GB, US, "bob"], "partial": True})

    assert (answer.status, answer.json["accepted"]) == (200, 1)
    assert [fault["pointer"] for fault in answer.json["refused"]] == ["#/to/2", "#/to/0"]
    assert [row["recipient"] for row in api.rows("message")] == [US]


def test_a_partial_request_with_nobody_left_is_refused(
    api: ApiUnderTest, database: Database
) -> None:
    use_key(api, database, KeyTerms(countries={"US"}))

    assert api.send({**SMS, "to": [GB], "partial": True}).status == 400


def test_what_a_test_key_sends_is_marked_as_a_test(api: ApiUnderTest, database: Database) -> None:
    use_key(api, database, KeyTerms(is_test=True))

    answer = api.send({**SMS, "group": "trial"})

    assert answer.status == 200
    assert [row["is_test"] for row in api.rows("message")] == [True]
    assert [row["is_test"] for row in api.rows("message_group")] == [True]
    shown = api.call("GET", f"/messages/{answer.json['message_ids'][0]}")
    assert (shown.json["is_test"], shown.json["to"]) == (True, US)


@pytest.mark.parametrize("first_is_test", [True, False])
def test_a_group_has_test_messages_or_real_ones(
    api: ApiUnderTest, database: Database, first_is_test: bool
) -> None:
    use_key(api, database, KeyTerms(is_test=first_is_test))
    group_id = api.send({**SMS, "group": "trial"}).json["group_id"]
    use_key(api, database, KeyTerms(is_test=not first_is_test))

    answers = [api.send({**SMS, "group": group}) for group in ("trial", group_id)]

    assert [answer.status for answer in answers] == [400, 400]
    assert answers[0].json["errors"][0]["pointer"] == "#/group"
    assert len(api.rows("message")) == 1


def test_no_answer_tells_why_a_key_is_not_valid(api: ApiUnderTest, database: Database) -> None:
    keys = ApiKeys(database)
    key_id, revoked = keys.create("test", "leaver", NOW)
    keys.revoke(key_id, NOW)
    long_ago = NOW.replace(year=2020)
    _, expired = keys.create("test", "guest", NOW, KeyTerms(expires_at=long_ago))
    wrong = api.key[:-1] + ("A" if api.key[-1] != "A" else "B")
    elsewhere = api.key.replace("mt_test_", "mt_prod_")

    answers = [
        api.call("GET", "/groups/unknown", key=key)
        for key in (revoked, expired, wrong, elsewhere, "mt_test_short", api.key + "x")
    ]

    assert {answer.status for answer in answers} == {401}
    assert len({str(answer.json) + str(answer.headers) for answer in answers}) == 1


def test_no_key_reaches_the_log(
    api: ApiUnderTest, database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    use_key(api, database, KeyTerms(requests_per_second=SLOW))

    statuses = [
        api.send(SMS).status,
        api.send(SMS).status,
        api.call("GET", "/x", key="mt_a").status,
    ]

    said = "".join(capfd.readouterr())
    assert statuses == [200, 429, 404]
    assert api.key not in said
    assert api.key.rpartition("_")[2] not in said
