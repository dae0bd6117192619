"""Judges how sending goes, and mails what a person must know before the next report."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from message_tracker.core.domain.alert import SHARES, Alert, Thresholds, judge
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import AttemptId, MessageId, OutboundEmail, Personal
from message_tracker.core.domain.outcome import Accepted
from message_tracker.core.ports import EmailProvider
from message_tracker.core.settings import AlertSettings
from message_tracker.core.store.alerts import AlertStore
from message_tracker.failed_message_reporter.language import language
from message_tracker.failed_message_reporter.wording import Wording

CLAIM = timedelta(minutes=10)
"""For how long an alert is one run's to tell of; no run lasts so long."""


class AlertService:
    """Opens, closes and tells alerts, each once.

    Args:
        alerts: which there are.
        email: by the reports' configuration set, past the limiter and the circuits.
        settings: from what on a person is to know, and who.
        clock: tells the time.
    """

    def __init__(
        self,
        alerts: AlertStore,
        email: EmailProvider,
        settings: AlertSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._alerts = alerts
        self._email = email
        self._settings = settings
        self._clock = clock
        self._zone = ZoneInfo(settings.report_time_zone)
        self._wording = Wording(language(settings.report_language))

    def watch(self) -> list[Alert]:
        """Judge, and tell what nobody was told of yet; return that.

        Raises `Unavailable` when somebody could not be told: the next run tells it again, to all.
        """
        now = self._clock()
        self._alerts.follow(judge(self._alerts.measures(now), self._thresholds()), now)
        untold = self._alerts.claim_untold(now, claimed_until=now + CLAIM)
        told = [alert for alert in untold if self._tell(alert)]
        for alert in told:
            self._alerts.mark_told(alert, self._clock())
        if len(told) < len(untold):
            missed = ", ".join(alert.kind for alert in untold if alert not in told)
            raise Unavailable(f"nobody could be told of: {missed}")
        return told

    def _thresholds(self) -> Thresholds:
        settings = self._settings
        return Thresholds(
            settings.alert_failure_share,
            settings.alert_complaint_share,
            settings.alert_dead_letters,
            settings.alert_least_sent,
        )

    def _tell(self, alert: Alert) -> bool:
        """Mail the alert; return whether anybody got it."""
        say = self._wording.language.say
        key = "alert_opened" if alert.closed_at is None else "alert_closed"
        subject = say(key, stage=self._settings.stage, what=say(alert.kind))
        text = "\n\n".join(self._paragraphs(alert)) + "\n"
        outcomes = [
            self._email.send(
                OutboundEmail(
                    message_id=MessageId(alert.alert_id),
                    attempt_id=AttemptId(new_id()),
                    recipient=Personal(recipient),
                    subject=Personal(subject),
                    html=None,
                    text=Personal(text),
                )
            )
            for recipient in self._settings.report_recipients
        ]
        return any(isinstance(one, Accepted) for one in outcomes)

    def _paragraphs(self, alert: Alert) -> Sequence[str]:
        say, since = self._wording.language.say, self._wording.moment(alert.opened_at, self._zone)
        if alert.closed_at is not None:
            until = self._wording.moment(alert.closed_at, self._zone)
            return [say("alert_is_over"), say("alert_lasted", since=since, until=until)]
        value, limit = (self._shown(alert, one) for one in (alert.value, alert.threshold))
        remedy = f"{say('what_to_do')}: {say(f'{alert.kind}_remedy')}"
        return [
            say(f"{alert.kind}_why", value=value, limit=limit),
            remedy,
            f"{say('alert_since', since=since)} {say('alert_once')}",
        ]

    def _shown(self, alert: Alert, value: float) -> str:
        if alert.kind in SHARES:
            return self._wording.percent(value)
        return self._wording.language.number(int(value))
