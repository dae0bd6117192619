"""GET /messages and /messages/export, and the story that one message tells."""

import base64
import csv
import io
import json
import re
from datetime import timedelta
from typing import cast
from urllib.parse import quote
from uuid import UUID

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.api import export
from message_tracker.core.domain.events.vocabulary import EventType
from message_tracker.core.domain.message_search import (
    MessageSearch,
    Position,
    cursor_at,
    position_at,
)
from message_tracker.core.domain.timeline import WORDS
from message_tracker.core.store.database import Database
from tests.http_api import NOW, ApiUnderTest, http_event

US, GB = "+14254147755", "+447860019066"
MAIL = {"to": ["a@example.com", "b@example.com", "c@example.com"], "subject": "S", "message": "M"}


def exported(api: ApiUnderTest, query: str) -> tuple[list[str], str]:
    """Return the pieces of an export, and their content type."""
    pieces: list[str] = []
    link: re.Match[str] | None = re.match("(.*)", query)
    while link:
        event = http_event(
            "GET", f"/messages/export?{link[1]}", headers={"authorization": f"Bearer {api.key}"}
        )
        answer = api.app.resolve(event, cast("LambdaContext", object()))
        pieces.append(answer["body"])
        link = re.fullmatch(r'<\?(.*)>; rel="next"', answer["headers"].get("Link", ""))
    return pieces, answer["headers"]["Content-Type"]


def test_messages_are_found_page_by_page(api: ApiUnderTest) -> None:
    sent = api.send({**MAIL, "group": "spring"}).json["message_ids"]

    first = api.call("GET", "/messages?group=spring&limit=2")
    second = api.call("GET", f"/messages?group=spring&limit=2&cursor={first.json['next']}")

    found = [message["message_id"] for page in (first, second) for message in page.json["messages"]]
    assert found == sorted(sent, reverse=True)
    assert second.json["next"] is None
    assert first.headers["Link"].startswith("<?group=spring&limit=2&cursor=")
    assert "Link" not in second.headers
    assert first.json["messages"][0]["group"] == "spring"


@pytest.mark.parametrize(
    "query",
    [
        "to=a%2Bb%40Example.com",
        "to=a+b@example.com",
        "channel=email",
        "status=queued&user_id=u-1",
        "from=2030-01-31T10:00:00%2B01:00&until=2030-01-31T10:00:01+01:00&to=a+b@example.com",
    ],
)
def test_a_filter_is_understood_as_it_is_written(api: ApiUnderTest, query: str) -> None:
    api.send({**MAIL, "to": ["a+b@example.com", US], "user_id": "u-1"})
    api.database.fetch("UPDATE message SET user_id = NULL WHERE recipient LIKE '+%%'", {})

    found = api.call("GET", f"/messages?{query}").json["messages"]

    assert [message["to"] for message in found] == ["a+b@example.com"]


@pytest.mark.parametrize("number", [quote(US), US, "1 425 414-7755"])
def test_a_number_is_found_however_it_is_written(api: ApiUnderTest, number: str) -> None:
    api.send({"to": [US, GB], "message": "Hi"})

    found = api.call("GET", f"/messages?to={number}").json["messages"]

    assert [message["to"] for message in found] == [US]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=201", "limit"),
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("status=lost", "status"),
        ("from=yesterday", "from"),
        ("from=2030-01-31T09:00:00", "from"),
        ("recipient=a", "recipient"),
        ("cursor=x", "cursor"),
        ("cursor=" + "A" * 43, "cursor"),
        ("cursor=%F0%9F%8E%89", "cursor"),
    ],
)
def test_what_is_wrong_with_a_search_is_named(api: ApiUnderTest, query: str, name: str) -> None:
    answer = api.call("GET", f"/messages?{query}")

    assert answer.status == 400
    assert [fault["field"] for fault in answer.json["errors"]] == [name]


def test_a_cursor_is_good_for_its_own_search_only(api: ApiUnderTest) -> None:
    api.send(MAIL)
    cursor = api.call("GET", "/messages?limit=1").json["next"]

    statuses = [
        api.call("GET", f"/messages?{query}&cursor={cursor}").status
        for query in ("limit=200", "limit=1&channel=email")
    ]

    assert statuses == [200, 400]


def test_a_cursor_with_any_bit_flipped_is_none() -> None:
    search = MessageSearch(group="spring")
    position = Position(NOW + timedelta(microseconds=7), UUID(int=7))
    raw = base64.urlsafe_b64decode(cursor_at(position, search) + "=")

    for bit in range(len(raw) * 8):
        changed = (int.from_bytes(raw) ^ (1 << bit)).to_bytes(len(raw))
        with pytest.raises(ValueError, match="not of this search"):
            position_at(base64.urlsafe_b64encode(changed).decode().rstrip("="), search)
    assert position_at(cursor_at(position, search), search) == position


def test_an_export_in_pieces_is_one_file(
    api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = api.send({**MAIL, "group": "=cmd()", "user_id": "@evil"}).json["message_ids"]
    monkeypatch.setattr(export, "MOST_IN_A_PIECE", 2)

    pieces, content_type = exported(api, "group=%3Dcmd()")

    rows = list(csv.DictReader(io.StringIO("".join(pieces))))
    assert (len(pieces), content_type) == (2, "text/csv; charset=utf-8")
    assert [row["message_id"] for row in rows] == sorted(sent, reverse=True)
    assert {(row["group"], row["user_id"]) for row in rows} == {("'=cmd()", "'@evil")}
    assert {(row["is_test"], row["sent_at"]) for row in rows} == {("false", "")}


def test_no_piece_is_larger_than_an_answer_may_be(
    api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = api.send(MAIL).json["message_ids"]
    monkeypatch.setattr(export, "LARGEST_PIECE", 1_000)

    pieces, content_type = exported(api, "format=ndjson")

    lines = [json.loads(line) for piece in pieces for line in piece.splitlines()]
    assert content_type == "application/x-ndjson"
    assert all(len(piece.encode()) <= 1_000 for piece in pieces)
    assert [line["message_id"] for line in lines] == sorted(sent, reverse=True)


def test_a_message_tells_its_story_in_order_and_in_words(
    api: ApiUnderTest, database: Database
) -> None:
    later = (NOW + timedelta(hours=1)).isoformat()
    [message_id] = api.send({**MAIL, "to": "a@example.com", "send_at": later}).json["message_ids"]
    database.fetch(
        """
        INSERT INTO message_event (event_key, occurred_at, message_id, channel, event_type, status,
                                   cause, is_final)
        SELECT gen_random_uuid(), %(at)s::timestamptz + after, %(id)s, 'email', event_type, status,
               cause, false
          FROM (VALUES
            (interval '2 s', 'Bounce', 'bounced'::message_status, 'Bounce/Permanent/General'),
            (interval '1 s', 'Send', 'sent', NULL),
            (interval '3 s', 'New', NULL, NULL)) AS told (after, event_type, status, cause)
        """,
        {"at": later, "id": message_id},
    )

    told = api.call("GET", f"/messages/{message_id}").json["timeline"]

    assert [moment["what"] for moment in told] == ["accepted", "due", "Send", "Bounce", "New"]
    assert told[3]["words"].startswith("It came back. The recipient")
    assert told[4]["words"] == "The provider reported this."


def test_what_we_gave_up_and_what_nobody_reported_is_told_too(
    api: ApiUnderTest, database: Database
) -> None:
    failed, sent, begun = api.send(MAIL).json["message_ids"]
    at = {"at": NOW + timedelta(minutes=1), "failed": failed, "sent": sent, "begun": begun}
    database.fetch(
        "UPDATE message_state SET status = 'expired', failed_at = %(at)s, cause = 'sender/Expired'"
        " WHERE message_id = %(failed)s",
        at,
    )
    database.fetch(
        "UPDATE message_state SET status = 'sent', sent_at = %(at)s WHERE message_id = %(sent)s", at
    )
    database.fetch(
        "UPDATE dispatch SET begun_at = %(at)s, attempt_id = message_id"
        " WHERE message_id = %(begun)s",
        at,
    )

    stories = [api.call("GET", f"/messages/{one}").json for one in (failed, sent, begun)]

    told = [story["timeline"][-1] for story in stories]
    assert [moment["what"] for moment in told] == ["given_up", "sent", "begun"]
    assert told[0]["words"] == "Its time to live ran out before its turn came."


def test_every_type_of_event_has_words() -> None:
    assert set(EventType) - {EventType.UNKNOWN} == set(WORDS)
