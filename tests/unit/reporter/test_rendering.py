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
from message_tracker.core.domain.report import MOST_CAUSES, Report
from message_tracker.core.domain.situation import OpenCircuit, Situation
from message_tracker.core.domain.throttling import HeldBack
from message_tracker.failed_message_reporter.page import MOST_GAPS, page_of
from message_tracker.failed_message_reporter.rendering import (
    render_html,
    render_subject,
    render_text,
)
from message_tracker.failed_message_reporter.wording import Wording
from tests.reports import BALANCED, ENGLISH, GERMAN, a_cause, a_report

ID = UUID("0199d3f0-0000-7000-8000-000000000001")
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


def html_of(report: Report, wording: Wording = ENGLISH) -> str:
    return render_html(page_of(report, [], ["It is kept."], wording), wording)


def text_of(report: Report, wording: Wording = ENGLISH) -> str:
    return render_text(page_of(report, [], ["It is kept."], wording), wording)


FULL = a_report(
    a_cause(
        "Bounce/Permanent/General",
        61,
        before=50,
        domains=["example.com"],
        detail="550 5.1.1 user unknown",
    ),
    a_cause(
        "TEXT_CARRIER_BLOCKED",
        24,
        channel=Channel.TEXT,
        carriers=["A Carrier"],
        numbers=["+14255550155"],
        recipients=["+14255550155"],
    ),
    a_cause("sender/Expired", 12, is_redrivable=True),
    before=85,
    situation=Situation(
        overdue=7,
        suppressed=5,
        quarantined=2,
        held_back=(HeldBack(Channel.EMAIL, 59.9, 2), HeldBack(Channel.TEXT, 34 * 60 - 1, 0)),
        circuits=(
            OpenCircuit(
                Channel.TEXT,
                "sms/MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
                datetime(2026, 8, 31, 12, tzinfo=UTC),
            ),
        ),
    ),
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
    html = html_of(report)

    page = Page(html)
    assert not page.tags & {"script", "img", "link", "iframe", "form", "a"}
    assert not {name for name in page.attributes if name.startswith("on")}
    assert not re.search(r"https?://|url\(", html)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7 * 7 }}"])
def test_what_others_wrote_is_shown_and_never_obeyed(text: str) -> None:
    report = a_report(a_cause(f"Bounce/{text}", group=text, detail=text))

    page = Page(html_of(report))

    assert 3 == page.text.count(text)
    assert not page.tags & {"script", "img"}


@given(st.text(max_size=50))
def test_no_text_of_others_breaks_the_page(text: str) -> None:
    report = a_report(a_cause(text, group=text, recipients=[text], detail=text))

    tags = Page(html_of(report)).tags

    assert tags <= Page(html_of(FULL)).tags


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
        "12 more than in the period before (85)",
        "11 more than in the period before (50)",
        "Mailbox providers: example.com (1)",
        "Countries: US (1)",
        "Carriers: A Carrier (1)",
        "message-tracker redrive --cause sender/Expired",
        "Nothing is sent by SMS since Aug 31, 2026, 14:00.",
        "The month's spending limit for texts is reached.",
        "7 messages are overdue.",
        "5 addresses were added to the suppression list.",
        "2 records in quarantine.",
        "For 34 minutes in all, SMS had to wait for the rate.",
        "The provider said “later” to 2 calls (e-mail).",
        "It is kept.",
    ],
)
def test_page_and_text_say_the_same(said: str) -> None:
    page = Page(html_of(FULL))
    text = text_of(FULL)

    assert said.lower() in words(page.text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").lower()
    assert said.lower() in words(text).lower()


def test_a_quiet_day_says_so_and_why_the_report_comes() -> None:
    text = words(Page(html_of(EMPTY)).text)

    assert "0 failures among 12,340 messages" in text
    assert "Nothing failed, and there is nothing to do." in text
    assert "Nothing failed, and there is nothing to do." in words(text_of(EMPTY))


def test_a_gap_in_the_books_names_its_messages() -> None:
    for rendered in (Page(html_of(UNBALANCED)).text, text_of(UNBALANCED)):
        text = words(rendered)
        assert "The books do not balance" in text
        assert MOST_GAPS == text.count(str(ID))
        assert "and more in 2 other groups" in text
        assert "there is nothing to do" not in text


def test_a_bar_is_as_long_as_its_causes_share() -> None:
    html = html_of(a_report(a_cause("a", 3), a_cause("b", 1)))

    assert ["75%", "25%", "25%", "75%"] == re.findall(r'width="(\d+%)" height="8"', html)


def test_a_report_speaks_its_readers_language() -> None:
    for rendered in (Page(html_of(FULL, GERMAN)).text, text_of(FULL, GERMAN)):
        text = words(rendered).lower()
        assert "97 fehlschläge bei 12.340 nachrichten" in text
        assert "wer handeln kann: der betreiber" in text


def test_no_english_is_left_in_another_language() -> None:
    english = set(words(text_of(FULL)).split())
    german = set(words(text_of(FULL, GERMAN)).split())

    assert not {"the", "of", "and", "failures", "messages", "What"} & (english & german)


def test_causes_left_out_are_counted() -> None:
    report = a_report(*[a_cause(f"c{n:02}", 2) for n in range(MOST_CAUSES + 2)])

    for rendered in (Page(html_of(report)).text, text_of(report)):
        assert "4 more failures, of 2 rarer causes, are left out here; the list has them." in words(
            rendered
        )


def test_the_subject_tells_the_outcome_and_raises_the_alarm() -> None:
    headline = "0 failures among 12,340 messages (daily report)"
    assert f"Message Tracker prod: {headline}" == render_subject(EMPTY, ENGLISH)
    alarm = f"Message Tracker prod: books out of balance, {headline}"
    assert alarm == render_subject(UNBALANCED, ENGLISH)


def test_a_period_that_is_no_day_is_told_from_when_till_when() -> None:
    noon = datetime(2026, 8, 31, 10, tzinfo=UTC)
    report = a_report(period=Period(datetime(2026, 8, 30, 22, tzinfo=UTC), noon))

    text = text_of(report)

    assert "Aug 31, 2026, 00:00 to 12:00 (Europe/Berlin)" in text


def test_where_nothing_failed_before_it_is_said_once_and_of_no_cause_again() -> None:
    first = a_report(a_cause("a", 2), a_cause("b", 1))
    later = a_report(a_cause("a", 2), a_cause("b", 1), before=1)

    assert 1 == text_of(first).count("in the period before")
    assert 3 == text_of(later).count("in the period before")


def test_what_is_short_is_not_broken_across_lines() -> None:
    html = html_of(a_report(a_cause(recipients=["jane.doe@example.com"], domains=["d" * 60])))

    assert '<span style="white-space:nowrap">j…@example.com</span>' in html
    assert f">{'d' * 60} (1)</span>" not in html
