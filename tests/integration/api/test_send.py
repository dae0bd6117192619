"""POST /send: what is answered 200 is in Postgres and on a queue; what is refused is nowhere."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from message_tracker.core.domain.chunk import parse_chunk
from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.store.database import Database
from tests.http_api import NOW, ApiUnderTest

PHONE, OTHER_PHONE, MAIL = "+14254147755", "+447860019066", "ann@example.com"
SMS = {"to": PHONE, "message": "Hi"}
NOTHING: dict[str, int] = {
    "message_group": 0, "message_content": 0, "message": 0, "message_state": 0, "dispatch": 0,
    "request": 0,
}  # fmt: skip


def stored(api: ApiUnderTest) -> dict[str, int]:
    return {table: len(api.rows(table)) for table in NOTHING}


def enqueued(api: ApiUnderTest, channel: Channel, kind: Kind) -> list[list[str]]:
    bodies = api.queues[channel, kind].bodies
    return [[str(id_) for id_ in parse_chunk(body).message_ids] for body in bodies]


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return all that was logged, the structured fields too."""
    return "\n".join(str(vars(record)) for record in caplog.records)


def test_a_chunk_names_the_request_it_came_of(api: ApiUnderTest) -> None:
    api.send(SMS)

    (body,) = api.queues[Channel.TEXT, Kind.TRANSACTIONAL].bodies
    assert "made-up" == parse_chunk(body).request_id


def test_an_sms_is_stored_whole_and_its_answer_tells_what_it_costs(api: ApiUnderTest) -> None:
    answer = api.send({"to": PHONE, "message": "Hi 🎉", "user_id": "u1", "report_type": "otp"})

    (message_id,) = answer.json["message_ids"]
    (message,), (state,), (dispatch,) = map(api.rows, ["message", "message_state", "dispatch"])
    assert answer.status == 200
    assert answer.json == {
        "group_id": str(message["group_id"]),
        "accepted": 1,
        "message_ids": [str(message["message_id"])],
        "duplicates": 0,
        "estimated_start_at": "2030-01-31T09:00:00Z",
        "estimated_finish_at": "2030-01-31T09:00:01Z",
        "estimate_reason": None,
        "text": {
            "messages": 1,
            "encoding": "UCS-2",
            "segments": 1,
            "segments_per_message": 1,
            "forced_ucs2": ["🎉"],
            "extension": [],
        },
        "encoding": "UCS-2",
        "segments": 1,
    }
    assert (message["recipient"], message["user_id"], message["report_type"]) == (
        PHONE, "u1", "otp",
    )  # fmt: skip
    assert (message["created_at"], message["send_at"]) == (NOW, NOW)
    assert (str(state["message_id"]), state["status"]) == (message_id, "queued")
    assert (dispatch["units"], dispatch["due_at"], dispatch["attempts"]) == (1, NOW, 0)


def test_a_mixed_request_keeps_one_content_per_channel_and_goes_to_both_queues(
    api: ApiUnderTest,
) -> None:
    answer = api.send(
        {"to": [MAIL, PHONE], "message": "Hi", "subject": "S", "html": "<p>Hi</p>",
         "headers": {"X-Campaign": "7"}, "kind": "marketing"}
    )  # fmt: skip

    mail_id, text_id = answer.json["message_ids"]
    headers = [content["headers"] for content in api.rows("message_content")]
    assert headers == [{"X-Campaign": "7"}, {}]
    assert enqueued(api, Channel.EMAIL, Kind.MARKETING) == [[mail_id]]
    assert enqueued(api, Channel.TEXT, Kind.MARKETING) == [[text_id]]
    assert all(row["enqueued_at"] == NOW for row in api.rows("dispatch"))


def test_data_is_kept_for_the_sender_to_fill_the_template(api: ApiUnderTest) -> None:
    api.send({"to": {"to": PHONE, "data": {"name": "Ann"}}, "message": "Hi {{ name }}"})

    assert [row["data"] for row in api.rows("message")] == [{"name": "Ann"}]
    assert [row["is_template"] for row in api.rows("message_content")] == [True]


@pytest.mark.parametrize("body", [json.dumps(SMS), json.dumps(SMS).encode()])
def test_json_is_taken_whatever_its_content_type(api: ApiUnderTest, body: object) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}

    assert api.call("POST", "/send", body=body, headers=headers).status == 200


def test_a_text_chunk_is_at_most_one_second_of_the_rate(api: ApiUnderTest) -> None:
    numbers = [f"+1206555{n:04}" for n in range(50)]

    api.send({"to": numbers, "message": "a" * 161})

    assert [len(chunk) for chunk in enqueued(api, Channel.TEXT, Kind.TRANSACTIONAL)] == [22, 22, 6]


def test_ten_thousand_recipients_take_as_many_statements_as_one(
    api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[object] = []
    execute = psycopg.Cursor.execute

    def counted(self: psycopg.Cursor[Any], query: Any, *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - psycopg's own signature
        statements.append(query)
        return execute(self, query, *rest, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    api.send(SMS)
    for_one = len(statements)

    answer = api.send({**SMS, "to": [f"+1206{n:07}" for n in range(5_550_000, 5_560_000)]})

    assert answer.json["accepted"] == 10_000
    assert len(statements) == 2 * for_one


def test_a_scheduled_message_waits_for_the_sweeper(api: ApiUnderTest) -> None:
    api.send({**SMS, "send_at": "2030-02-01T09:00:00Z", "ttl_seconds": 60})

    (dispatch,) = api.rows("dispatch")
    assert [row["status"] for row in api.rows("message_state")] == ["scheduled"]
    assert (dispatch["due_at"], dispatch["enqueued_at"]) == (NOW + timedelta(days=1), None)
    assert dispatch["expires_at"] == NOW + timedelta(days=1, minutes=1)
    assert enqueued(api, Channel.TEXT, Kind.TRANSACTIONAL) == []


def test_what_the_queue_refuses_is_still_accepted_and_left_to_the_sweeper(
    api: ApiUnderTest,
) -> None:
    api.queues[Channel.EMAIL, Kind.TRANSACTIONAL].refuses = lambda _body: True

    answer = api.send({"to": [MAIL, PHONE], "message": "Hi", "subject": "S"})

    assert answer.status == 200
    assert [(row["channel"], row["enqueued_at"]) for row in api.rows("dispatch")] == [
        ("email", None),
        ("text", NOW),
    ]


def test_a_queue_that_fails_outright_costs_nothing_but_time(api: ApiUnderTest) -> None:
    def fails(_body: str) -> bool:
        raise RuntimeError("no route to the queue")

    api.queues[Channel.TEXT, Kind.TRANSACTIONAL].refuses = fails

    answer = api.send(SMS)

    assert (answer.status, len(api.rows("dispatch"))) == (200, 1)


def test_a_message_the_sender_put_off_meanwhile_is_not_marked(
    api: ApiUnderTest, database: Database
) -> None:
    def put_off(_body: str) -> bool:
        database.fetch("UPDATE dispatch SET due_at = due_at + interval '1 minute'")
        return False

    api.queues[Channel.TEXT, Kind.TRANSACTIONAL].refuses = put_off

    api.send(SMS)

    assert [row["enqueued_at"] for row in api.rows("dispatch")] == [None]


def test_one_bad_recipient_refuses_everything_and_nothing_is_stored(api: ApiUnderTest) -> None:
    answer = api.send({**SMS, "to": [PHONE, "bob", OTHER_PHONE]})

    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/to/1"]
    assert stored(api) == NOTHING


def test_a_partial_request_says_whom_it_refused(api: ApiUnderTest) -> None:
    answer = api.send({**SMS, "to": [PHONE, "bob"], "partial": True})

    assert (answer.status, answer.json["accepted"]) == (200, 1)
    assert [refused["pointer"] for refused in answer.json["refused"]] == ["#/to/1"]


def test_hostile_bodies_change_nothing(api: ApiUnderTest) -> None:
    bodies: dict[object, int] = {
        "{": 400,
        "[]": 400,
        "null": 400,
        None: 400,
        b"\xff": 400,
        '{"message": "Hi"}': 400,
        '{"to": "+14254147755", "message": "a\\u0000"}': 400,
        '{"to": "+14254147755", "message": "\\ud800"}': 400,
        "[" * 100_000: 400,
        '{"x":' * 100_000: 400,
        '{"data": ' + "[" * 500 + "]" * 500 + "}": 400,
        "x" * (5 * 1024 * 1024 + 1): 413,
    }

    answers = [api.call("POST", "/send", body=body) for body in bodies]

    assert [answer.status for answer in answers] == list(bodies.values())
    assert [answer.json["status"] for answer in answers] == list(bodies.values())
    assert stored(api) == NOTHING


def test_messages_join_the_group_they_name(api: ApiUnderTest) -> None:
    made = api.send({**SMS, "group": "spring"}).json["group_id"]

    by_name = api.send({**SMS, "group": "spring"}).json["group_id"]
    by_id = api.send({**SMS, "group": made}).json["group_id"]
    alone = api.send(SMS).json["group_id"]
    by_digits = api.send({**SMS, "group": made.replace("-", "")}).json["group_id"]

    assert made == by_name == by_id
    assert len({made, alone, by_digits}) == 3


@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_group_that_is_stopped_or_unknown_takes_no_messages(
    api: ApiUnderTest, database: Database, *, is_stopped: bool
) -> None:
    group = str(uuid4())
    if is_stopped:
        group = api.send({**SMS, "group": "old"}).json["group_id"]
        database.fetch("UPDATE message_group SET state = 'stopped'")
    before = stored(api)

    answer = api.send({**SMS, "group": group})

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "#/group")
    assert stored(api) == before


def test_without_postgres_the_answer_is_503_and_says_when_to_come_back() -> None:
    database = Database(lambda: "postgresql://127.0.0.1:1/none", patience=timedelta(0))

    answer = ApiUnderTest(database, "mt_test_" + "x" * 43).send(SMS)

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


def test_an_unexpected_error_shows_nothing_of_itself(
    api: ApiUnderTest, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.fetch("ALTER TABLE message ADD CONSTRAINT surprise CHECK (recipient = 'x')")

    answer = api.send(SMS)

    assert (answer.status, answer.json["title"]) == (500, "Something is wrong on our side")
    assert "CheckViolation" in logged(caplog)
    assert "surprise" not in str(answer.json)


def test_the_log_names_no_person(api: ApiUnderTest, caplog: pytest.LogCaptureFixture) -> None:
    api.send({"to": [PHONE, MAIL], "message": "Top secret", "subject": "S", "user_id": "ann-7"})
    api.send({"to": [PHONE, "bob"], "message": "Top secret"})
    api.call("POST", "/send", body="{}", key="mt_test_" + "k" * 43)

    log = logged(caplog)
    assert "accepted" in log
    assert not any(word in log for word in (PHONE, MAIL, "secret", "ann-7", "kkk", api.key))


def test_messages_are_dated_by_the_clock_of_the_api(api: ApiUnderTest) -> None:
    api.now = datetime(2031, 5, 1, tzinfo=UTC)

    api.send(SMS)

    assert [row["created_at"] for row in api.rows("message")] == [api.now]
