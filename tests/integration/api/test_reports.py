"""Failure reports, listed and shown by the API."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from message_tracker.api.reports import MOST_BYTES
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.links import Links
from message_tracker.core.domain.message import MessageId
from message_tracker.core.domain.period import Period
from message_tracker.core.domain.signed_token import Claim, Purpose, SigningKeys, sign
from message_tracker.core.store.reports import ReportStore, SentReport
from tests.http_api import BUCKET, ApiUnderTest

START = datetime(2030, 1, 1, tzinfo=UTC)


def sent_report(api: ApiUnderTest, day: int, kind: str = "daily") -> UUID:
    """Keep and write down a report as the reporter does."""
    period = Period(START + timedelta(days=day), START + timedelta(days=day + 1))
    store = ReportStore(api.database)
    report_id = store.claim(
        new_id(), kind, period, now=period.end, forsaken_before=period.end - timedelta(hours=1)
    )
    assert report_id is not None
    stem = f"reports/{kind}/{day}"
    store.mark_sent(report_id, SentReport(period, 3, 12, f"{stem}.html", "ses-1"), now=period.end)
    contents = {"html": "<h1>3 failures</h1>", "txt": "3 FAILURES", "csv": "a,b\r\n"}
    for form, content in contents.items():
        api.objects.objects[BUCKET, f"{stem}.{form}"] = content.encode()
    return report_id


def test_reports_are_listed_the_latest_period_first(api: ApiUnderTest) -> None:
    ids = [sent_report(api, day) for day in range(2)]

    answer = api.call("GET", "/reports")

    assert [str(one) for one in reversed(ids)] == [
        one["report_id"] for one in answer.json["reports"]
    ]
    latest = answer.json["reports"][0]
    assert ("daily", 3, 12) == (latest["kind"], latest["failures"], latest["accepted"])
    assert answer.json["next"] is None


def test_pages_hold_every_report_once(api: ApiUnderTest) -> None:
    ids = {str(sent_report(api, day)) for day in range(5)}

    first = api.call("GET", "/reports?limit=2").json
    second = api.call("GET", f"/reports?limit=2&cursor={first['next']}").json
    third = api.call("GET", f"/reports?limit=2&cursor={second['next']}").json

    listed = [one["report_id"] for page in (first, second, third) for one in page["reports"]]
    assert (5, ids, None) == (len(listed), set(listed), third["next"])


def test_reports_of_one_kind_are_listed(api: ApiUnderTest) -> None:
    sent_report(api, 0)
    asked_for = sent_report(api, 1, kind="on_demand")

    answer = api.call("GET", "/reports?kind=on_demand")

    assert [str(asked_for)] == [one["report_id"] for one in answer.json["reports"]]


def test_a_report_that_was_not_sent_yet_is_not_listed(api: ApiUnderTest) -> None:
    period = Period(START, START + timedelta(days=1))
    ReportStore(api.database).claim(
        new_id(), "daily", period, now=period.end, forsaken_before=period.start
    )

    assert [] == api.call("GET", "/reports").json["reports"]


@pytest.mark.parametrize(
    ("ending", "accept", "media_type", "content"),
    [
        ("", "*/*", "text/html", "<h1>3 failures</h1>"),
        ("", "text/plain", "text/plain", "3 FAILURES"),
        ("", "text/csv", "text/csv", "a,b\r\n"),
        (".html", "text/csv", "text/html", "<h1>3 failures</h1>"),
        (".txt", "*/*", "text/plain", "3 FAILURES"),
        (".csv", "*/*", "text/csv", "a,b\r\n"),
    ],
)
def test_a_report_is_shown_as_it_is_asked_for(
    api: ApiUnderTest, ending: str, accept: str, media_type: str, content: str
) -> None:
    report_id = sent_report(api, 0)

    answer = api.call("GET", f"/reports/{report_id}{ending}", headers={"accept": accept})

    assert (200, content) == (answer.status, answer.json)
    assert answer.headers["Content-Type"].startswith(media_type)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", [f"{uuid4()}", "nobody", "../secrets", f"{uuid4()}.exe"])
def test_what_is_no_report_is_not_found(api: ApiUnderTest, path: str) -> None:
    assert 404 == api.call("GET", f"/reports/{path}").status


def test_a_report_that_is_no_longer_kept_is_not_found(api: ApiUnderTest) -> None:
    report_id = sent_report(api, 0)
    api.objects.objects.clear()

    assert 404 == api.call("GET", f"/reports/{report_id}").status


def test_a_list_too_long_for_one_answer_is_cut_after_a_line_and_says_so(api: ApiUnderTest) -> None:
    report_id = sent_report(api, 0)
    lines = MOST_BYTES // 10 + 5
    api.objects.objects[BUCKET, "reports/daily/0.csv"] = b"12345678\r\n" * lines

    answer = api.call("GET", f"/reports/{report_id}.csv")

    *whole, last, end = str(answer.json).split("\r\n")
    assert {"12345678"} == set(whole)
    assert (f"cut here; the whole list is s3://{BUCKET}/reports/daily/0.csv", "") == (
        last,
        end,
    )


def link_to(api: ApiUnderTest, report_id: UUID, *, made_at: datetime | None = None) -> str:
    """Return the path of the link that a report's mail carries."""
    links = Links("", api.key_ring.keys(), MessageId(report_id), made_at or api.now)
    return links.report


@pytest.mark.parametrize(
    ("ending", "media_type", "content"),
    [
        ("", "text/html", "<h1>3 failures</h1>"),
        (".txt", "text/plain", "3 FAILURES"),
        (".csv", "text/csv", "a,b\r\n"),
    ],
)
def test_a_link_shows_its_report_to_whoever_has_it_and_to_no_search_engine(
    api: ApiUnderTest, ending: str, media_type: str, content: str
) -> None:
    path = link_to(api, sent_report(api, 0))

    answer = api.call("GET", f"{path}{ending}", key="")

    assert (200, content) == (answer.status, answer.json)
    assert answer.headers["Content-Type"].startswith(media_type)
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert ("no-referrer", "no-store") == (
        answer.headers["Referrer-Policy"],
        answer.headers["Cache-Control"],
    )


def test_a_link_works_for_five_weeks(api: ApiUnderTest) -> None:
    path = link_to(api, sent_report(api, 0))

    api.now += timedelta(days=35)
    last = api.call("GET", path, key="")
    api.now += timedelta(seconds=1)
    later = api.call("GET", path, key="")

    assert (200, 404) == (last.status, later.status)


def test_a_link_shows_no_other_report(api: ApiUnderTest) -> None:
    first, second = sent_report(api, 0), sent_report(api, 1)
    raw = urlsafe_b64decode(link_to(api, first).removeprefix("/r/") + "==")
    swapped = urlsafe_b64encode(raw.replace(first.bytes, second.bytes)).rstrip(b"=").decode()

    assert 200 == api.call("GET", link_to(api, second), key="").status
    assert 404 == api.call("GET", f"/r/{swapped}", key="").status


def test_no_token_but_a_report_s_own_shows_it(api: ApiUnderTest) -> None:
    report_id = sent_report(api, 0)
    claim = Claim(MessageId(report_id), api.now)
    foreign = SigningKeys({1: b"f" * 64})
    genuine = link_to(api, report_id)
    others = [
        *(f"/r/{sign(one, claim, api.key_ring.keys())}" for one in Purpose if one != "r"),
        f"/r/{sign(Purpose.REPORT, claim, foreign)}",
        f"{genuine[:-1]}{'A' if genuine[-1] != 'A' else 'E'}",
        f"/r/{report_id}",
        f"{genuine}.exe",
        link_to(api, uuid4()),
    ]

    answers = [api.call("GET", path, key="") for path in others]

    assert {404} == {answer.status for answer in answers}
    assert 1 == len({answer.json for answer in answers})  # whoever guesses learns nothing
