"""GET and POST /groups, PATCH /groups/{id}: groups are listed, made, and kept to their limits."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.api_key import Caller, Scope
from message_tracker.core.domain.estimate import Estimate
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.intake import parse_submission
from message_tracker.core.domain.problem import RequestRefused
from message_tracker.core.store.database import Database
from message_tracker.core.store.intake import Intake
from tests.http_api import NOW, ApiUnderTest, HttpAnswer

TEXTS = {"to": ["+14254147755", "+14254147167"], "message": "Hello", "group": "spring"}


def post(api: ApiUnderTest, **body: object) -> HttpAnswer:
    return api.call("POST", "/groups", body=json.dumps(body))


def patch(api: ApiUnderTest, group_id: str, **body: object) -> HttpAnswer:
    return api.call("PATCH", f"/groups/{group_id}", body=json.dumps(body))


def test_a_group_is_made_with_its_limits_and_found_by_id_and_by_name(api: ApiUnderTest) -> None:
    made = post(api, name="spring sale", segment_budget=100, halt_bounce_share=0.1)

    by_id = api.call("GET", f"/groups/{made.json['group_id']}")
    by_name = api.call("GET", "/groups/spring%20sale")

    assert 200 == made.status
    assert made.json == by_id.json == by_name.json
    limits = {"segment_budget": 100, "halt_bounce_share": 0.1, "halt_complaint_share": None}
    assert limits.items() <= made.json.items()
    assert ("active", 0, None) == (made.json["state"], made.json["total"], made.json["halted"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": str(new_id())}, "name"),
        ({"name": "a", "segment_budget": -1}, "segment_budget"),
        ({"name": "a", "segment_budget": 2**31}, "segment_budget"),
        ({"name": "a", "halt_bounce_share": 0}, "halt_bounce_share"),
        ({"name": "a", "halt_complaint_share": 1.01}, "halt_complaint_share"),
        ({"name": "a", "budget": 1}, "budget"),
    ],
)
def test_a_group_that_cannot_be_is_refused_with_its_fault(
    api: ApiUnderTest, body: dict[str, Any], field: str
) -> None:
    answer = post(api, **body)

    assert 400 == answer.status
    assert [field] == [fault["field"] for fault in answer.json["errors"]]


def test_a_name_is_given_once(api: ApiUnderTest) -> None:
    post(api, name="spring")

    again = post(api, name="spring")

    assert (409, True) == (again.status, again.json["type"].endswith(":group-exists"))


def test_a_change_leaves_what_it_does_not_name_and_null_takes_a_limit_away(
    api: ApiUnderTest,
) -> None:
    group_id = post(api, name="spring", segment_budget=5, halt_bounce_share=0.1).json["group_id"]

    changed = patch(api, group_id, segment_budget=None, halt_complaint_share=0.01)

    limits = {"segment_budget": None, "halt_bounce_share": 0.1, "halt_complaint_share": 0.01}
    assert limits.items() <= changed.json.items()
    assert changed.json == api.call("GET", f"/groups/{group_id}").json


@pytest.mark.parametrize("group_id", [str(new_id()), "spring"])
def test_a_change_of_no_group_is_not_found(api: ApiUnderTest, group_id: str) -> None:
    assert 404 == patch(api, group_id, segment_budget=1).status


def test_what_a_budget_has_no_room_for_is_refused_whole_and_a_raise_lets_it_in(
    api: ApiUnderTest,
) -> None:
    group_id = post(api, name="spring", segment_budget=3).json["group_id"]
    first = api.send(TEXTS)
    refused = api.send(TEXTS)
    patch(api, group_id, segment_budget=4)

    second = api.send(TEXTS)

    assert (200, 409, 200) == (first.status, refused.status, second.status)
    assert refused.json["type"].endswith(":segment-budget-exceeded")
    assert "3 segments, of which 2 are taken, and this request has 2" in refused.json["detail"]
    assert 4 == len(api.rows("message"))


def test_a_budget_is_of_texts_and_lets_every_email_in(api: ApiUnderTest) -> None:
    post(api, name="spring", segment_budget=0)

    email = {"to": "someone@example.com", "subject": "News", "text": "Hello", "group": "spring"}

    assert (200, 409) == (api.send(email).status, api.send(TEXTS).status)


def test_a_repeated_request_gets_its_answer_though_the_budget_is_used_up(api: ApiUnderTest) -> None:
    post(api, name="spring", segment_budget=2)
    key = {"Idempotency-Key": "once"}

    first, repeated = api.send(TEXTS, key), api.send(TEXTS, key)

    assert (200, first.json) == (repeated.status, repeated.json)


def test_requests_at_once_never_take_more_than_the_budget(
    api: ApiUnderTest, database_url: str
) -> None:
    group_id = post(api, name="spring", segment_budget=11).json["group_id"]
    caller = Caller(new_id(), frozenset(Scope))

    def accept(_: int) -> bool:
        own = Database(lambda: database_url)
        submission = parse_submission(TEXTS, rules=AddressRules(), now=NOW)
        try:
            Intake(own).accept(submission, caller, Estimate(None, None), None, NOW)
        except RequestRefused:
            return False
        finally:
            own.close()
        return True

    with ThreadPoolExecutor(12) as pool:
        accepted = list(pool.map(accept, range(12)))

    assert 5 == sum(accepted)
    assert 10 == api.call("GET", f"/groups/{group_id}").json["segments"]


def test_groups_are_listed_page_by_page_the_latest_first(api: ApiUnderTest) -> None:
    names = [f"group {number}" for number in range(5)]
    for name in names:
        post(api, name=name)
    api.send({**TEXTS, "group": "group 3"})

    first = api.call("GET", "/groups?limit=3").json
    second = api.call("GET", f"/groups?limit=3&before={first['next']}").json

    listed = [group["name"] for group in first["groups"] + second["groups"]]
    assert names[::-1] == listed
    assert None is second["next"]
    assert {"queued": 2} == first["groups"][1]["statuses"]
    assert {} == first["groups"][0]["statuses"]


def test_groups_without_a_name_are_left_out_on_demand(api: ApiUnderTest) -> None:
    post(api, name="spring")
    api.send({"to": "+14254147755", "message": "Hello"})

    listed = [len(api.call("GET", f"/groups{query}").json["groups"]) for query in ("", "?named=1")]

    assert [2, 1] == listed


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "before=x", "colour=red"])
def test_a_list_that_cannot_be_is_refused_with_its_parameter(api: ApiUnderTest, query: str) -> None:
    answer = api.call("GET", f"/groups?{query}")

    assert 400 == answer.status
    assert f"?{query.partition('=')[0]}" == answer.json["errors"][0]["pointer"]
