"""The suppression list over HTTP."""

import json
from urllib.parse import quote

import pytest

from message_tracker.core.domain.errors import PermanentError, Unavailable
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.database import Database
from message_tracker.core.store.events import ingest
from tests.http_api import ApiUnderTest, HttpAnswer
from tests.provider_events import START, JsonObject, email_event, encoded

ADDRESS = "Some.One+news@Example.com"
KEY = "some.one+news@example.com"
NUMBER = "+14254147755"


def ingested(database: Database, *records: JsonObject) -> None:
    events = [parse_event(encoded(record)) for record in records]
    with database.transaction() as cursor:
        ingest(cursor, [event for event in events if isinstance(event, DeliveryEvent)])


def put(api: ApiUnderTest, address: str, note: str | None = None) -> HttpAnswer:
    body = json.dumps({"note": note} if note else {})
    return api.call("PUT", f"/suppressions/{quote(address)}", body=body)


def explained(api: ApiUnderTest, address: str) -> HttpAnswer:
    return api.call("GET", f"/suppressions/{quote(address)}")


@pytest.mark.parametrize(
    ("address", "channel", "kept"),
    [(ADDRESS, Channel.EMAIL, KEY), (NUMBER, Channel.TEXT, NUMBER)],
)
def test_what_a_person_suppresses_is_on_our_list_and_on_the_providers(
    api: ApiUnderTest, address: str, channel: Channel, kept: str
) -> None:
    answer = put(api, address, "asked by telephone")

    assert 200 == answer.status
    assert (["MANUAL"], True) == (answer.json["still"], answer.json["provider"]["is_listed"])
    assert [kept] == list(api.provider_lists[channel].entries)
    entry = explained(api, address).json["suppressions"][0]
    assert ("MANUAL", "asked by telephone", kept) == (
        entry["reason"],
        entry["note"],
        entry["address"],
    )


def test_a_number_in_the_path_may_be_percent_encoded(api: ApiUnderTest) -> None:
    put(api, NUMBER)

    answer = api.call("GET", f"/suppressions/{quote(NUMBER, safe='')}")

    assert {"transactional": "MANUAL", "marketing": "MANUAL"} == answer.json["blocks"]


def test_why_nothing_reaches_an_address_is_told_whole(api: ApiUnderTest) -> None:
    sent = api.send({"to": ADDRESS, "subject": "Hello", "message": "Hello"}).json
    [message_id] = sent["message_ids"]
    ingested(api.database, email_event("Bounce", message_id=message_id))

    answer = explained(api, ADDRESS).json

    [entry] = answer["suppressions"]
    assert ("BOUNCE", "Bounce/Permanent/General", message_id) == (
        entry["reason"],
        entry["cause"],
        entry["message_id"],
    )
    assert entry["event_key"] is not None
    assert [(message_id, "bounced")] == [
        (message["message_id"], message["status"]) for message in answer["messages"]
    ]
    assert [("added", "BOUNCE", None)] == [
        (change["change"], change["reason"], change["changed_by"]) for change in answer["history"]
    ]


def test_an_address_nothing_is_known_of_may_be_sent_to(api: ApiUnderTest) -> None:
    answer = explained(api, "stranger@example.com").json

    assert {"transactional": None, "marketing": None} == answer["blocks"]
    assert ([], [], [], False) == (
        answer["suppressions"],
        answer["history"],
        answer["messages"],
        answer["provider"]["is_listed"],
    )


def test_an_unsubscription_blocks_marketing_alone(api: ApiUnderTest) -> None:
    api.database.fetch(
        "INSERT INTO suppression (channel, address, reason)"
        " VALUES ('email', %(to)s, 'UNSUBSCRIBE')",
        {"to": KEY},
    )

    answer = explained(api, ADDRESS).json

    assert {"transactional": None, "marketing": "UNSUBSCRIBE"} == answer["blocks"]


def test_a_removal_is_history_and_takes_the_address_off_both_lists(api: ApiUnderTest) -> None:
    put(api, ADDRESS)

    answer = api.call("DELETE", f"/suppressions/{ADDRESS}").json

    assert (["MANUAL"], [], False) == (
        answer["removed"],
        answer["still"],
        answer["provider"]["is_listed"],
    )
    assert {} == api.provider_lists[Channel.EMAIL].entries
    history = explained(api, ADDRESS).json["history"]
    assert [("removed", "MANUAL"), ("added", "MANUAL")] == [
        (change["change"], change["reason"]) for change in history
    ]
    assert all(change["changed_by"].startswith("api key ") for change in history)


def test_what_the_person_decided_stays_unless_it_is_named(api: ApiUnderTest) -> None:
    api.database.fetch(
        "INSERT INTO suppression (channel, address, reason)"
        " VALUES ('text', %(to)s, 'OPT_OUT'), ('text', %(to)s, 'MANUAL')",
        {"to": NUMBER},
    )
    api.provider_lists[Channel.TEXT].add(NUMBER)

    first = api.call("DELETE", f"/suppressions/{NUMBER}").json
    second = api.call("DELETE", f"/suppressions/{NUMBER}?reason=OPT_OUT").json

    assert (["MANUAL"], ["OPT_OUT"], True) == (
        first["removed"],
        first["still"],
        first["provider"]["is_listed"],
    )
    assert (["OPT_OUT"], [], False) == (
        second["removed"],
        second["still"],
        second["provider"]["is_listed"],
    )


def test_what_happened_before_a_removal_does_not_suppress_again(api: ApiUnderTest) -> None:
    sent = api.send({"to": ADDRESS, "subject": "Hello", "message": "Hello"}).json
    bounce = email_event("Bounce", message_id=sent["message_ids"][0], occurred_at=START)
    ingested(api.database, bounce)
    api.call("DELETE", f"/suppressions/{ADDRESS}")
    late = email_event("Bounce", message_id=sent["message_ids"][0], bounceSubType="NoEmail")

    ingested(api.database, bounce, late)

    assert [] == explained(api, ADDRESS).json["suppressions"]
    assert "bounced" == explained(api, ADDRESS).json["messages"][0]["status"]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (Unavailable("gone"), "the provider does not answer now: make the same call again"),
        (PermanentError("ConflictException"), "the provider refuses: ConflictException"),
    ],
)
def test_a_provider_that_does_not_follow_is_unknown_and_ours_stands(
    api: ApiUnderTest, error: PermanentError | Unavailable, fault: str
) -> None:
    api.provider_lists[Channel.EMAIL].error = error

    answer = put(api, ADDRESS).json

    assert (["MANUAL"], None, fault) == (
        answer["still"],
        answer["provider"]["is_listed"],
        answer["provider"]["fault"],
    )
    assert {"transactional": "MANUAL", "marketing": "MANUAL"} == explained(api, ADDRESS).json[
        "blocks"
    ]


def test_the_list_is_read_page_by_page(api: ApiUnderTest) -> None:
    wanted = [f"a{number}@example.com" for number in range(5)]
    for address in [*wanted, NUMBER]:
        put(api, address)

    found, after = [], ""
    for _ in range(4):
        page = api.call("GET", f"/suppressions?limit=2&channel=email{after}").json
        found += [entry["address"] for entry in page["suppressions"]]
        after = f"&after={page['next']}"
        if page["next"] is None:
            break

    assert wanted == found
    by_reason = api.call("GET", "/suppressions?reason=BOUNCE").json
    assert {"suppressions": [], "next": None} == by_reason


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("GET", "/suppressions/nobody", "address"),
        ("DELETE", "/suppressions/a@b@c", "address"),
        ("GET", "/suppressions?after=nowhere", "after"),
        ("GET", "/suppressions?limit=0", "limit"),
        ("GET", "/suppressions?reason=WHIM", "reason"),
        ("DELETE", "/suppressions/a@example.com?reason=WHIM", "reason"),
    ],
)
def test_a_fault_is_named(api: ApiUnderTest, method: str, path: str, field: str) -> None:
    answer = api.call(method, path)

    assert (400, field) == (answer.status, answer.json["errors"][0]["field"])


def test_a_note_of_two_lines_is_refused(api: ApiUnderTest) -> None:
    answer = put(api, ADDRESS, "one\ntwo")

    assert (400, "note") == (answer.status, answer.json["errors"][0]["field"])
    assert [] == api.rows("suppression")


def test_an_address_of_a_channel_that_is_off_is_refused(api: ApiUnderTest) -> None:
    del api.provider_lists[Channel.TEXT]

    answer = explained(api, NUMBER)

    assert 400 == answer.status
    assert "this deployment sends no SMS" in answer.json["errors"][0]["detail"]
