"""Failure reports, listed and shown by the API."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from message_tracker.api.reports import MOST_BYTES
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.period import Period
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
