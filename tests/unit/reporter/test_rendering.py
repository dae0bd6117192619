"""The report's e-mail: readable, calm, and unimpressed by what others wrote."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.books import Balance, Books, Gap, GapKind
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.period import Period
from message_tracker.core.domain.report import Report
from message_tracker.failed_message_reporter.rendering import (
    MOST_GAPS,
    render_html,
    render_subject,
    render_text,
)
from tests.reports import BALANCED, PLACE, a_cause, a_report

ID = UUID("0199d3f0-0000-7000-8000-000000000001")
CLIPPED_BY_MAIL_CLIENTS = 102_000  # bytes
VOID = {"meta", "br"}


class Page(HTMLParser):
    """Collects a page's elements, attributes and visible text, and checks that tags are closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert [] == self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


def words(text: str) -> str:
    return " ".join(text.split())


def a_gap(group: int) -> Gap:
    return Gap(GapKind.LOST, Channel.EMAIL, UUID(int=group), 1, (ID,))


FULL = a_report(
    a_cause("Bounce/Permanent/General", 61, detail="550 5.1.1 user unknown"),
    a_cause("TEXT_CARRIER_BLOCKED", 24, channel=Channel.TEXT, recipients=["+14255550155"]),
    a_cause("suppression/UNSUBSCRIBE", 12),
    unmatched=3,
    dead_letters=1,
    books=BALANCED,
)
EMPTY = a_report()
UNBALANCED = a_report(
    books=Books(Balance(1), Balance(), tuple(a_gap(n) for n in range(MOST_GAPS + 2)))
)


@pytest.mark.parametrize("report", [FULL, EMPTY, UNBALANCED])
def test_the_page_is_well_formed_and_asks_for_nothing_from_elsewhere(report: Report) -> None:
    html = render_html(report, PLACE)

    page = Page(html)
    assert not page.tags & {"script", "img", "link", "iframe", "form", "style", "a"}
    assert not {name for name in page.attributes if name.startswith("on")}
    assert not re.search(r"https?://|url\(", html)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7 * 7 }}"])
def test_what_others_wrote_is_shown_and_never_obeyed(text: str) -> None:
    report = a_report(a_cause(f"Bounce/{text}", group=text, detail=text))

    page = Page(render_html(report, PLACE))

    assert 3 == page.text.count(text)
    assert not page.tags & {"script", "img"}


@given(st.text(max_size=50))
def test_no_text_of_others_breaks_the_page(text: str) -> None:
    report = a_report(a_cause(text, group=text, recipients=[text], detail=text))

    tags = Page(render_html(report, PLACE)).tags

    assert tags <= Page(render_html(FULL, PLACE)).tags


@pytest.mark.parametrize(
    "said",
    [
        "97 failures among 12,340 messages",
        "Monday, August 31, 2026 (Europe/Berlin)",
        "The recipient's carrier blocked the text.",
        "Correct these addresses or take them off the list: hard bounces harm your reputation.",
        "Who can act: the operator",
        "Aug 31, 2026, 03:00 to 09:05",
        "autumn-sale (61)",
        "j…@example.com",
        "+1425…55",
        "Bounce/Permanent/General",
        "550 5.1.1 user unknown",
        "63%",
        "1 unconfirmed",
        "1 dead letter",
        "3 failure events were not about messages of this system",
        "The books balance.",
        "reports/r.csv",
    ],
)
def test_page_and_text_say_the_same(said: str) -> None:
    page = Page(render_html(FULL, PLACE))
    text = render_text(FULL, PLACE)

    assert said.lower() in words(page.text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").lower()
    assert said.lower() in words(text).lower()


def test_a_quiet_day_says_so_and_why_the_report_comes() -> None:
    text = words(Page(render_html(EMPTY, PLACE)).text)

    assert "0 failures among 12,340 messages" in text
    assert "Nothing failed, and there is nothing to do." in text
    assert "Nothing failed, and there is nothing to do." in words(render_text(EMPTY, PLACE))


def test_a_gap_in_the_books_names_its_messages() -> None:
    for rendered in (Page(render_html(UNBALANCED, PLACE)).text, render_text(UNBALANCED, PLACE)):
        text = words(rendered)
        assert "The books do not balance" in text
        assert MOST_GAPS == text.count(str(ID))
        assert "and more in 2 other groups" in text
        assert "there is nothing to do" not in text


def test_a_bar_is_as_long_as_its_causes_share() -> None:
    html = render_html(a_report(a_cause("a", 3), a_cause("b", 1)), PLACE)

    assert ["75%", "25%", "25%", "75%"] == re.findall(r'width="(\d+%)" height="8"', html)


def test_a_full_report_is_not_clipped() -> None:
    causes = [
        a_cause(f"Bounce/{n}" + "x" * 250, 10_000 - n, group="g" * 300, detail="w " * 2000)
        for n in range(100)
    ]

    html = render_html(a_report(*causes, books=BALANCED), PLACE)

    assert len(html.encode()) < CLIPPED_BY_MAIL_CLIENTS


def test_causes_left_out_are_counted() -> None:
    report = a_report(*[a_cause(f"c{n:02}", 2) for n in range(17)])

    for rendered in (Page(render_html(report, PLACE)).text, render_text(report, PLACE)):
        assert "4 more failures of 2 rarer causes are left out here." in words(rendered)


def test_the_subject_tells_the_outcome_and_raises_the_alarm() -> None:
    headline = "0 failures among 12,340 messages (daily report)"
    assert f"Message Tracker prod: {headline}" == render_subject(EMPTY)
    alarm = f"Message Tracker prod: books out of balance, {headline}"
    assert alarm == render_subject(UNBALANCED)


def test_a_period_that_is_no_day_is_told_from_when_till_when() -> None:
    noon = datetime(2026, 8, 31, 10, tzinfo=UTC)
    report = a_report(period=Period(datetime(2026, 8, 30, 22, tzinfo=UTC), noon))

    text = render_text(report, PLACE)

    assert "Aug 31, 2026, 00:00 to Aug 31, 2026, 12:00 (Europe/Berlin)" in text
