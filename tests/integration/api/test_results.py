"""Results by the paths of the older services."""

import json
from datetime import timedelta
from typing import cast

import pytest

from message_tracker.core.domain.ids import new_id
from message_tracker.core.store.tallies import TallyStore
from tests.http_api import NOW, ApiUnderTest
from tests.sns_posts import body, post

PHONES = [f"+1425414775{n}" for n in range(10)]


def set_statuses(api: ApiUnderTest, *statuses: str) -> None:
    """Let the messages stand there, in the order of their ids."""
    for row, status in zip(api.rows("message_state"), statuses, strict=True):
        api.database.fetch(
            "UPDATE message_state SET status = %(status)s::message_status,"
            " sent_at = CASE WHEN %(status)s::message_status >= 'sent'"
            " THEN %(at)s::timestamptz END WHERE message_id = %(id)s",
            {"status": status, "id": row["message_id"], "at": NOW - timedelta(hours=2)},
        )


@pytest.mark.parametrize("is_added_up", [False, True])
def test_every_message_of_a_plan_is_counted_once(api: ApiUnderTest, *, is_added_up: bool) -> None:
    sent = api.send({"to": PHONES[:8], "message": "Hi", "group": "spring sale"})
    set_statuses(
        api, "queued", "sending", "sent", "delivered", "bounced", "failed", "unconfirmed", "stopped"
    )
    if is_added_up:
        TallyStore(api.database, kept=timedelta()).add_up(NOW)

    by_id = api.call("GET", f"/v1/results/count/{sent.json['group_id']}")
    by_name = api.call("GET", "/v1/results/count/spring%20sale")

    expected = {"total": 8, "created": 2, "sent": 3, "failed": 2, "stopped": 1}
    assert (by_id.status, by_id.json) == (200, expected)
    assert by_name.json == expected


@pytest.mark.parametrize("plan", ["none", "01944f5e-0000-7000-8000-000000000000"])
def test_a_plan_that_is_not_there_is_answered_404(api: ApiUnderTest, plan: str) -> None:
    assert api.call("GET", f"/v1/results/count/{plan}").status == 404


def test_what_was_sent_in_the_last_hours_is_counted(api: ApiUnderTest) -> None:
    api.send({"to": PHONES[:3], "message": "Hi"})
    set_statuses(api, "queued", "sent", "delivered")

    counts = [
        cast("int", api.call("GET", f"/v1/results/sent{query}").json["sent"])
        for query in ("", "?hours=3", "?hours=1", "?hours=720")
    ]

    assert counts == [2, 2, 0, 2]


@pytest.mark.parametrize("hours", ["0", "721", "x", "1.5"])
def test_hours_beyond_a_month_are_refused(api: ApiUnderTest, hours: str) -> None:
    answer = api.call("GET", f"/v1/results/sent?hours={hours}")

    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"] == "?hours"


def test_results_want_a_key(api: ApiUnderTest) -> None:
    assert api.call("GET", "/v1/results/sent", key="").status == 401


def test_an_open_of_a_known_message_is_queued_and_every_answer_is_the_same(
    api: ApiUnderTest,
) -> None:
    known = api.send({"to": "ann@example.com", "subject": "Hi", "message": "Hi"}).json
    message_id = known["message_ids"][0]
    asked = [message_id, str(new_id()), "nobody", "../etc"]

    answers = [api.call("GET", f"/v1/events/open?requestId={one}", key="") for one in asked]

    assert all(answer == answers[0] for answer in answers)
    assert "no-store" in answers[0].headers["Cache-Control"]
    [event] = [json.loads(body) for body in api.event_queue.bodies]
    assert [message_id] == event["detail"]["mail"]["tags"]["mt_id"]
    assert "Open" == event["detail"]["eventType"]


def test_an_open_of_nobody_s_is_refused(api: ApiUnderTest) -> None:
    assert 400 == api.call("GET", "/v1/events/open", key="").status


def test_a_result_that_sns_posts_is_queued_and_a_forged_one_refused(api: ApiUnderTest) -> None:
    genuine_post = post(message='{"eventType": "Invented"}')

    genuine = api.call("POST", "/v1/events/result", body=body(genuine_post).decode(), key="")
    forged_post = {**genuine_post, "Message": "{}"}
    forged = api.call("POST", "/v1/events/result", body=body(forged_post).decode(), key="")

    assert (200, 403) == (genuine.status, forged.status)
    assert 1 == len(api.event_queue.bodies)
