"""Daily analytics, as the API tells them."""

import csv
import io
from datetime import datetime, timedelta

import pytest

from message_tracker.core.domain.status import MessageStatus
from tests.daily_messages import Days
from tests.http_api import NOW, ApiUnderTest

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def days(api: ApiUnderTest) -> Days:
    """The API's database, with two e-mails and a text of yesterday, and an e-mail of today."""
    days = Days(api.database, NOW)
    for count, recipient, at in (
        (2, "ada@example.com", NOW - timedelta(days=1)),
        (1, "+14254147755", NOW - timedelta(days=1)),
        (1, "=cmd()@example.com", NOW),
    ):
        days.store(count, recipient=recipient, at=at)
    return days


def told(api: ApiUnderTest, query: str) -> list[tuple[str, str, int]]:
    answer = api.call("GET", f"/reports/daily?{query}")
    assert 200 == answer.status, answer.json
    return [(line["day"], line["label"], line["accepted"]) for line in answer.json["lines"]]


def test_the_last_day_that_is_over_is_told_by_channel(days: Days, api: ApiUnderTest) -> None:
    days.count()

    answer = api.call("GET", "/reports/daily").json

    email, text = answer["lines"]
    assert (str(YESTERDAY), str(YESTERDAY), "channel") == (
        answer["from"],
        answer["to"],
        answer["by"],
    )
    assert ([], [], None) == (answer["live"], answer["missing"], answer["next"])
    assert ("email", 2, 2, 2, 1.0) == (
        email["label"],
        email["accepted"],
        email["sent"],
        email["delivered"],
        email["delivery_rate"],
    )
    assert ("text", 1, None) == (text["label"], text["segments"], text["price"])


def test_today_is_counted_when_it_is_asked_for(days: Days, api: ApiUnderTest) -> None:
    days.count()

    answer = api.call("GET", f"/reports/daily?from={YESTERDAY}").json

    assert [str(TODAY)] == answer["live"]
    assert [str(YESTERDAY), str(YESTERDAY), str(TODAY)] == [one["day"] for one in answer["lines"]]


def test_days_that_are_not_counted_yet_are_named(days: Days, api: ApiUnderTest) -> None:
    first = YESTERDAY - timedelta(days=2)

    answer = api.call("GET", f"/reports/daily?from={first}&to={YESTERDAY}").json

    assert [str(first), str(first + timedelta(days=1))] == answer["missing"]
    assert [str(YESTERDAY)] == answer["live"]


def test_pages_hold_every_line_once(days: Days, api: ApiUnderTest) -> None:
    for number in range(4):
        days.store(10 + number % 2, recipient=f"ada@provider-{number}.example", at=NOW)
    query = f"date={TODAY}&by=mailbox_provider"
    whole = told(api, query)

    pages, cursor = [], ""
    while cursor is not None:
        answer = api.call("GET", f"/reports/daily?{query}&limit=2{cursor and f'&cursor={cursor}'}")
        pages.append([(one["day"], one["label"], one["accepted"]) for one in answer.json["lines"]])
        cursor = answer.json["next"]

    assert [2, 2, 1] == [len(page) for page in pages]
    assert whole == [line for page in pages for line in page]


def test_users_come_in_pages_too(days: Days, api: ApiUnderTest) -> None:
    api.database.fetch("UPDATE message SET user_id = message_id::text")
    query = f"/reports/daily?date={YESTERDAY}&by=user&limit=2"

    first = api.call("GET", query).json
    second = api.call("GET", f"{query}&cursor={first['next']}").json

    labels = {line["label"] for page in (first, second) for line in page["lines"]}
    assert (3, None) == (len(labels), second["next"])


@pytest.mark.parametrize(
    ("query", "accept"), [("", "text/csv"), ("&format=csv", "*/*"), ("&format=csv", "text/html")]
)
def test_a_spreadsheet_gets_csv_without_formulas(
    days: Days, api: ApiUnderTest, query: str, accept: str
) -> None:
    api.database.fetch("UPDATE message SET report_type = '=cmd()'")
    path = f"/reports/daily?date={YESTERDAY}&by=report_type{query}"

    answer = api.call("GET", path, headers={"accept": accept})

    [line] = csv.DictReader(io.StringIO(answer.json))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert ("'=cmd()", "3", "1") == (
        line["report_type"],
        line["accepted"],
        line["delivery_rate"],
    )


def test_a_csv_in_pieces_is_one_file(days: Days, api: ApiUnderTest) -> None:
    query = f"/reports/daily?date={YESTERDAY}&format=csv"
    whole = api.call("GET", query).json

    first = api.call("GET", f"{query}&limit=1")
    rest = first.headers["Link"].removeprefix("<").removesuffix('>; rel="next"')
    second = api.call("GET", f"/reports/daily{rest}")

    assert whole == first.json + second.json
    assert "Link" not in second.headers


def test_what_waits_and_what_was_not_sent_is_told_apart(api: ApiUnderTest) -> None:
    days = Days(api.database, NOW)
    for status in (MessageStatus.QUEUED, MessageStatus.SUPPRESSED, MessageStatus.SENT):
        days.store(status=status, at=NOW)

    [line] = api.call("GET", f"/reports/daily?date={TODAY}").json["lines"]

    assert (3, 1, 1, 1) == tuple(line[name] for name in ("accepted", "waiting", "not_sent", "sent"))


@pytest.mark.parametrize(
    ("query", "field", "remedy"),
    [
        ("date=2030-01-30&from=2030-01-29", "date", "leave out `from` and `to`"),
        ("to=2030-01-29", "to", "name the first day of it with `from`"),
        ("from=2030-01-30&to=2030-01-29", "from", "swap them"),
        ("from=2029-10-01&to=2030-01-29", "from", "ask for at most 92"),
        ("date=2030-02-01", "date", "today is 2030-01-31"),
        ("from=2030-02-01", "from", "today is 2030-01-31"),
        ("from=2030-01-29&by=user", "by", "name it with `date`"),
        ("date=2030-01-30&cursor=x", "cursor", "take `next` as it is"),
        ("date=2030-01-30&cursor=W10=", "cursor", "take `next` as it is"),
        ("date=yesterday", "date", ""),
        ("by=planet", "by", ""),
        ("limit=1001", "limit", ""),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_remedy(
    api: ApiUnderTest, query: str, field: str, remedy: str
) -> None:
    answer = api.call("GET", f"/reports/daily?{query}")

    [fault] = answer.json["errors"]
    assert (400, f"?{field}") == (answer.status, fault["pointer"])
    assert remedy in fault["detail"]


def test_the_day_of_a_question_is_that_of_utc(days: Days, api: ApiUnderTest) -> None:
    days.count()
    api.now = datetime.combine(TODAY, datetime.min.time(), NOW.tzinfo) + timedelta(minutes=20)

    assert 3 == sum(count for _, _, count in told(api, f"date={YESTERDAY}"))
