"""POST /messages/{message_id}/redrive and /groups/{group_id}/redrive."""

import json
from datetime import datetime
from uuid import UUID

import pytest

from message_tracker.core.domain.api_key import KeyTerms, Scope
from message_tracker.core.domain.ids import new_id
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.database import Database
from tests.http_api import NOW, ApiUnderTest

REQUEST = {"to": ["+14254147755", "+14254147167"], "message": "Hello", "group": "spring"}


@pytest.fixture
def failed(api: ApiUnderTest, database: Database) -> tuple[str, list[str]]:
    """The group of two messages of which the first one failed."""
    sent = api.send(REQUEST).json
    first = UUID(sent["message_ids"][0])
    database.fetch("DELETE FROM dispatch WHERE message_id = %(id)s", {"id": first})
    database.fetch(
        "UPDATE message_state SET status = 'failed', cause = 'sms/Outage', failed_at = now()"
        " WHERE message_id = %(id)s",
        {"id": first},
    )
    return sent["group_id"], sent["message_ids"]


def answer(*, redriven: int, dry_run: bool = False, **skipped: int) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "redriven": redriven,
        "skipped": skipped,
        "is_complete": True,
    }


def test_a_group_s_failures_are_sent_again_once(
    api: ApiUnderTest, failed: tuple[str, list[str]]
) -> None:
    path = f"/groups/{failed[0]}/redrive"

    planned = api.call("POST", path, body=json.dumps({"dry_run": True})).json
    first, second = api.call("POST", path).json, api.call("POST", path, body="{}").json

    assert answer(redriven=1, dry_run=True, waiting=1) == planned
    assert answer(redriven=1, waiting=1) == first
    assert answer(redriven=0, waiting=2) == second
    assert {"queued": 2} == api.call("GET", f"/groups/{failed[0]}").json["statuses"]


def test_a_message_is_sent_again_under_its_id(
    api: ApiUnderTest, failed: tuple[str, list[str]]
) -> None:
    [first, other] = failed[1]

    done = [api.call("POST", f"/messages/{each}/redrive").json for each in (first, other)]

    assert [answer(redriven=1), answer(redriven=0, waiting=1)] == done
    stands = api.call("GET", f"/messages/{first}").json
    assert ("queued", NOW) == (stands["status"], datetime.fromisoformat(stands["redriven_at"]))
    assert "redriven" in [moment["what"] for moment in stands["timeline"]]


@pytest.mark.parametrize("kind", ["messages", "groups"])
@pytest.mark.parametrize("identifier", [str(new_id()), "spring"], ids=["an id", "a name"])
def test_what_is_not_there_is_not_found(api: ApiUnderTest, kind: str, identifier: str) -> None:
    assert 404 == api.call("POST", f"/{kind}/{identifier}/redrive").status


def test_a_fault_of_the_body_is_named(api: ApiUnderTest, failed: tuple[str, list[str]]) -> None:
    refused = api.call("POST", f"/groups/{failed[0]}/redrive", body='{"dryrun": true}')

    assert (400, "#/dryrun") == (refused.status, refused.json["errors"][0]["pointer"])


def test_it_wants_the_scope_admin(
    api: ApiUnderTest, database: Database, failed: tuple[str, list[str]]
) -> None:
    terms = KeyTerms(scopes=frozenset(set(Scope) - {Scope.ADMIN}))
    _, key = ApiKeys(database).create("shop", "tests", NOW, terms)

    assert 403 == api.call("POST", f"/groups/{failed[0]}/redrive", key=key).status
