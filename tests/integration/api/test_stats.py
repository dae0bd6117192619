"""GET /stats and `message-tracker stats`: a period's messages by what they have in common."""

from datetime import timedelta
from typing import Any

import pytest

from message_tracker.core.domain.api_key import KeyTerms
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.tallies import TallyStore
from tests.http_api import NOW, ApiUnderTest

TODAY = NOW.date().isoformat()
EMAIL = {"subject": "News", "text": "Hello", "report_type": "news"}


@pytest.fixture(params=[False, True], ids=["changes", "sums"])
def sent(request: pytest.FixtureRequest, api: ApiUnderTest) -> ApiUnderTest:
    """Ten e-mails and two SMS of two segments, of which something became; added up, or not yet."""
    to = [{"to": f"person{n}@example.com", "user_id": f"u{n % 2}"} for n in range(10)]
    ids = api.send({**EMAIL, "to": to, "group": "spring"}).json["message_ids"]
    api.send({"to": ["+14254147755", "+14254147167"], "message": "a" * 161, "group": "texts"})
    for count, change in (
        (10, "status = 'sent', sent_at = now()"),
        (8, "status = 'delivered', opened_at = now()"),
        (2, "status = 'complained', clicked_at = now()"),
        (1, "unsubscribed_at = now()"),
    ):
        api.database.fetch(
            f"UPDATE message_state SET {change} WHERE message_id = ANY (%(ids)s::uuid[])",
            {"ids": ids[:count]},
        )
    api.database.fetch(
        "UPDATE message_state SET status = 'bounced' WHERE message_id = %(id)s::uuid",
        {"id": ids[9]},
    )
    if request.param:
        TallyStore(api.database, kept=timedelta()).add_up(NOW)
    return api


def rows(api: ApiUnderTest, query: str) -> list[dict[str, Any]]:
    answer = api.call("GET", f"/stats?{query}")
    assert 200 == answer.status
    found: list[dict[str, Any]] = answer.json["rows"]
    return found


def test_messages_are_counted_with_their_rates(sent: ApiUnderTest) -> None:
    [texts, emails] = sorted(rows(sent, "by=report_type"), key=lambda row: row["report_type"])

    assert {
        "report_type": "news", "accepted": 10, "sent": 10, "delivered": 8, "bounced": 1,
        "complained": 2, "opened": 8, "clicked": 2, "unsubscribed": 1, "segments": 0,
        "delivery_rate": 0.8, "bounce_rate": 0.1, "complaint_rate": 0.2, "open_rate": 1.0,
        "click_rate": 0.25, "unsubscribe_rate": 0.125,
    } == emails  # fmt: skip
    assert ("", 2, 0, 4, None) == (
        texts["report_type"], texts["accepted"], texts["sent"], texts["segments"],
        texts["delivery_rate"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("day", {(TODAY,): 12}),
        ("channel", {("email",): 10, ("text",): 2}),
        ("group", {("spring",): 10, ("texts",): 2}),
        ("template", {("",): 12}),
        ("user", {("u0",): 5, ("u1",): 5}),
        ("group,day", {("spring", TODAY): 10, ("texts", TODAY): 2}),
        (
            "channel,status",
            {
                ("email", "sent"): 1, ("email", "delivered"): 6, ("email", "bounced"): 1,
                ("email", "complained"): 2, ("text", "queued"): 2,
            },
        ),
        ("user,channel", {("u0", "email"): 5, ("u1", "email"): 5}),
    ],
)  # fmt: skip
def test_messages_are_counted_by_one_or_two_dimensions(
    sent: ApiUnderTest, by: str, expected: dict[tuple[str, ...], int]
) -> None:
    found = {
        tuple(row[name] for name in by.split(",")): row["accepted"]
        for row in rows(sent, f"by={by}")
    }

    assert expected == found


def test_one_user_is_counted_alone(sent: ApiUnderTest) -> None:
    assert [("spring", 5)] == [
        (row["group"], row["accepted"]) for row in rows(sent, "by=group&user=u0")
    ]


def test_a_period_is_whole_days_and_by_default_the_last_thirty(sent: ApiUnderTest) -> None:
    before = NOW.date() - timedelta(days=1)

    assert [] == rows(sent, f"from={before}&to={before}")
    assert [12] == [row["accepted"] for row in rows(sent, f"from={TODAY}&to={TODAY}")]
    answer = sent.call("GET", "/stats").json
    assert ((NOW.date() - timedelta(days=29)).isoformat(), TODAY) == (answer["from"], answer["to"])
    assert (["day"], True) == (answer["by"], answer["is_complete"])


def test_messages_of_a_test_key_are_in_no_statistics(api: ApiUnderTest) -> None:
    _, api.key = ApiKeys(api.database).create("test", "trials", NOW, KeyTerms(is_test=True))
    group_id = api.send({**EMAIL, "to": "someone@example.com"}).json["group_id"]

    found = [rows(api, f"by={by}") for by in ("day", "group", "user")]
    TallyStore(api.database, kept=timedelta()).add_up(NOW)
    added_up = [rows(api, f"by={by}") for by in ("day", "group", "user")]

    assert [[], [], []] == found == added_up
    assert 1 == api.call("GET", f"/groups/{group_id}").json["total"]


def test_a_template_is_counted_by_its_name(api: ApiUnderTest) -> None:
    api.send({"to": ["a@example.com", "b@example.com"], "ses_template": "Welcome"})
    before = rows(api, "by=template")
    TallyStore(api.database, kept=timedelta()).add_up(NOW)

    assert [("Welcome", 2)] == [(row["template"], row["accepted"]) for row in before]
    assert before == rows(api, "by=template")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("by=weather", "by"),
        ("by=day,day", "by"),
        ("by=day,group,channel", "by"),
        ("by=", "by"),
        ("from=yesterday", "from"),
        ("from=2030-02-01&to=2030-01-01", "from"),
        ("user=", "user"),
        ("until=2030-01-01", "until"),
    ],
)
def test_a_question_that_cannot_be_is_refused_with_its_parameter(
    api: ApiUnderTest, query: str, parameter: str
) -> None:
    answer = api.call("GET", f"/stats?{query}")

    assert 400 == answer.status
    assert [f"?{parameter}"] == [fault["pointer"] for fault in answer.json["errors"]]
