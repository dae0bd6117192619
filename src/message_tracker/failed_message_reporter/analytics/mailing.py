"""The mail with a day's figures, where it is wanted: one for each day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from message_tracker.core.domain.daily import Analysed, DayLine, period_of, today
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import AttemptId, MessageId, OutboundEmail, Personal
from message_tracker.core.domain.outcome import Accepted, Outcome
from message_tracker.core.domain.report import ReportTitle
from message_tracker.core.ports import EmailProvider
from message_tracker.core.settings import AnalyticsSettings
from message_tracker.core.store.daily import DailyAnalytics, DaysQuestion
from message_tracker.core.store.daily_counting import DailyCounting
from message_tracker.failed_message_reporter.analytics.figures import (
    MOST_ROWS,
    TOLD,
    Day,
    figures_of,
    headline_of,
)
from message_tracker.failed_message_reporter.language import language
from message_tracker.failed_message_reporter.rendering import render
from message_tracker.failed_message_reporter.wording import Wording

CLAIM: Final = timedelta(minutes=20)
"""For how long a mail is one run's to send; no run lasts so long."""

_FIRST_HOUR: Final = 7  # when the working day begins, by the reports' time zone


@dataclass(frozen=True, slots=True)
class DailyMailer:
    """Sends the figures of the last day.

    Args:
        counting: who sends which day's mail.
        analytics: the figures.
        email: by the reports' configuration set, past the limiter and the circuits.
        settings: whether a mail is wanted, by whom, and in which language.
        clock: tells the time.
    """

    counting: DailyCounting
    analytics: DailyAnalytics
    email: EmailProvider
    settings: AnalyticsSettings
    clock: Callable[[], datetime]

    def send_due(self) -> date | None:
        """Send the mail of the last day, if it is wanted, counted and not sent; return the day.

        It goes in the morning, from seven o'clock on. Raises `Unavailable` if nobody got it: after
        a while another run tries again.
        """
        now = self.clock()
        if not self.settings.daily_report or now.astimezone(self._zone).hour < _FIRST_HOUR:
            return None
        day = today(now) - timedelta(days=1)
        if not self.counting.claim_mail(day, now, claimed_until=now + CLAIM):
            return None
        outcomes = self._send(self._read(day, now))
        if not any(isinstance(one, Accepted) for one in outcomes):
            raise Unavailable(f"nobody got the figures of {day}: check MT_REPORT_RECIPIENTS")
        self.counting.mark_mailed(day, self.clock())
        return day

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.report_time_zone)

    def _read(self, day: date, now: datetime) -> Day:
        before = self._lines(day - timedelta(days=1), Analysed.CHANNEL, now)
        return Day(
            ReportTitle(self.settings.stage, "daily", period_of(day), ZoneInfo("UTC"), now),
            {by: self._lines(day, by, now) for by in TOLD},
            sum(line.accepted for line in before),
        )

    def _lines(self, day: date, by: Analysed, now: datetime) -> Sequence[DayLine]:
        question = DaysQuestion(first_day=day, last_day=day, by=by, limit=MOST_ROWS)
        return self.analytics.read(question, today(now)).lines

    def _send(self, day: Day) -> list[Outcome]:
        wording = Wording(language(self.settings.report_language))
        page, mail_id = figures_of(day, wording), new_id()
        subject = wording.language.say(
            "day_subject", stage=day.title.stage, headline=headline_of(day, wording)
        )
        return [
            self.email.send(
                OutboundEmail(
                    message_id=MessageId(mail_id),
                    attempt_id=AttemptId(new_id()),
                    recipient=Personal(recipient),
                    subject=Personal(subject),
                    html=Personal(render("daily.html", page, wording)),
                    text=Personal(render("daily.txt", page, wording)),
                )
            )
            for recipient in self.settings.report_recipients
        ]
