"""The mail with a day's figures: once for each day, where it is wanted."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.outcome import Accepted, Throttled
from message_tracker.core.settings import AnalyticsSettings
from message_tracker.core.store.daily import DailyAnalytics
from message_tracker.core.store.daily_counting import DailyCounting
from message_tracker.core.store.database import Database
from message_tracker.failed_message_reporter.analytics.mailing import CLAIM, DailyMailer
from tests.daily_messages import DAY, NOON, Days
from tests.fakes import FakeEmailProvider


class MailDesk:
    """The sender of the mail, with a day of three e-mails and a text that is counted."""

    def __init__(self, database: Database) -> None:
        self.days = Days(database)
        self.email = FakeEmailProvider()
        self.days.store(3, recipient="ada@gmail.com")
        self.days.store(1, recipient="+14254147755")
        self.days.store(1, at=NOON - timedelta(days=1))

    def send(self, **chosen: object) -> object:
        settings = {
            "stage": "test",
            "database_url": "x",
            "report_recipients": "ops@example.com,boss@example.com",
            "report_from": "tracker@example.com",
            "report_configuration_set": "reports",
            "daily_report": True,
        }
        mailer = DailyMailer(
            DailyCounting(self.days.database),
            DailyAnalytics(self.days.database),
            self.email,
            AnalyticsSettings.of({**settings, **chosen}),
            lambda: self.days.now,
        )
        return mailer.send_due()


@pytest.fixture
def desk(database: Database) -> MailDesk:
    """A desk in the morning after its day, at eight by the reports' clock."""
    desk = MailDesk(database)
    desk.days.count()
    desk.days.now += timedelta(hours=2)
    return desk


def test_a_counted_day_is_mailed_once_to_everyone(desk: MailDesk) -> None:
    sent = [desk.send() for _ in range(3)]

    assert [DAY, None, None] == sent
    assert ["ops@example.com", "boss@example.com"] == [one.recipient for one in desk.email.calls]
    assert len({one.message_id for one in desk.email.calls}) == 1


def test_the_mail_tells_the_day_and_the_one_before(desk: MailDesk) -> None:
    desk.send()

    mail = desk.email.calls[0]
    text = " ".join(str(mail.text).split())
    assert "Message Tracker test: 4 messages, 100% delivered (daily figures)" == mail.subject
    assert "Tuesday, September 1, 2026 (UTC)" in text
    assert "3 more than in the period before (1)" in text
    assert "Gmail 3 sent 100% delivered" in text
    assert "message-tracker reports daily --date 2026-09-01" in text


def test_the_page_says_what_the_text_says_in_either_language(desk: MailDesk) -> None:
    desk.send(report_language="de")

    mail = desk.email.calls[0]
    shown = shown_by(str(mail.html))
    for words in ("4 Nachrichten, 100 % zugestellt", "Gmail", "die Hälfte in", "Kanäle"):
        assert words in shown
        assert words.lower() in str(mail.text).lower()


def test_names_are_shown_and_not_obeyed(desk: MailDesk) -> None:
    name = "<script>alert(1)</script>"
    desk.days.database.fetch("UPDATE daily_count SET report_type = %(name)s", {"name": name})

    desk.send()

    html = str(desk.email.calls[0].html)
    assert "<script" not in html
    assert name in shown_by(html)


def test_a_day_of_no_messages_is_told_too(database: Database) -> None:
    desk = MailDesk(database)
    desk.days.database.fetch("TRUNCATE message CASCADE")
    desk.days.count()
    desk.days.now += timedelta(hours=2)

    desk.send()

    assert "No messages" in str(desk.email.calls[0].subject)


def test_nothing_is_sent_unless_it_is_wanted(desk: MailDesk) -> None:
    assert desk.send(daily_report=False) is None
    assert [] == desk.email.calls


def test_the_mail_waits_for_the_morning_where_it_is_read(desk: MailDesk) -> None:
    assert desk.send(report_time_zone="America/New_York") is None

    desk.days.now += timedelta(hours=3)

    assert DAY == desk.send(report_time_zone="America/New_York")


def test_a_day_that_is_not_counted_is_not_mailed(desk: MailDesk) -> None:
    desk.days.now += timedelta(days=1)

    assert desk.send() is None


def test_what_reached_nobody_is_sent_by_a_later_run(desk: MailDesk) -> None:
    slow = Throttled("slow down")
    desk.email = FakeEmailProvider([slow, slow, Accepted("ses-1"), slow])

    with pytest.raises(Unavailable, match="nobody got the figures of 2026-09-01"):
        desk.send()
    at_once = desk.send()
    desk.days.now += CLAIM
    later = [desk.send(), desk.send()]

    assert at_once is None
    assert [DAY, None] == later


class _Shown(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


def shown_by(html: str) -> str:
    """Return what a reader of the page sees."""
    shown = _Shown()
    shown.feed(html)
    return shown.text
