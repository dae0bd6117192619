"""Sends the failure report: once per period, and also when nothing failed.

Whoever claims a period builds its report, keeps it, sends it and says so. A run that fails before
anything was sent gives its claim back; one that dies, or cannot know whether the mail went out,
leaves it to be taken over: a report that comes twice is better than one that never comes.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, assert_never, cast
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from message_tracker.core.domain.errors import (
    ConfigurationFault,
    MessageTrackerError,
    PermanentError,
    Unavailable,
)
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.links import Links
from message_tracker.core.domain.message import MessageId
from message_tracker.core.domain.outcome import (
    Accepted,
    ChannelFault,
    OptedOut,
    Outcome,
    Refused,
    Throttled,
    Unknown,
)
from message_tracker.core.domain.period import Period, Schedule, due_periods, period_before
from message_tracker.core.domain.report import Report, ReportTitle, build_report
from message_tracker.core.observability import logger
from message_tracker.core.ports import EmailProvider, KeyRing, ObjectStore
from message_tracker.core.settings import ReporterSettings
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.reports import ReportStore, SentReport
from message_tracker.failed_message_reporter.language import language
from message_tracker.failed_message_reporter.listing import Excerpt, write_list
from message_tracker.failed_message_reporter.mail import MOST_LISTED_BYTES, Mail, Place, compose
from message_tracker.failed_message_reporter.wording import Wording

_LOGGER = logger("failed-message-reporter")

ON_DEMAND = "on_demand"
"""The kind of a report that someone asked for."""

SETTLING = timedelta(minutes=2)
"""After its end a period is left to settle: an event dated within it may not be committed yet."""

FORSAKEN_AFTER = timedelta(minutes=15)
"""After which a claim is taken over; no run lasts so long."""

_IN_MEMORY = 1024 * 1024  # bytes of a list; a longer one waits on disk until it is kept


class ReportService:
    """Builds, keeps and sends reports.

    Args:
        reports: which reports were sent, and what failed.
        books: where every message stands.
        email: with a configuration set of its own, past the limiter: a report must also come when
            all that it reports on is at a standstill.
        objects: where reports are kept.
        settings: whom to send to, how often, and where to keep.
        keys: sign the links.
        clock: tells the time.

    Raises `ConfigurationFault` when nobody is to get reports, or the time zone is none.
    """

    def __init__(
        self,
        reports: ReportStore,
        books: BooksStore,
        email: EmailProvider,
        objects: ObjectStore,
        settings: ReporterSettings,
        keys: KeyRing,
        clock: Callable[[], datetime],
    ) -> None:
        self._reports = reports
        self._books = books
        self._email = email
        self._objects = objects
        self._settings = settings
        self._keys = keys
        self._clock = clock
        self._zone = zone_of(settings)
        self._wording = Wording(language(settings.report_language))
        if not settings.report_recipients:
            raise ConfigurationFault(
                "MT_REPORT_RECIPIENTS: nobody is named; write addresses, separated by commas"
            )

    def report(self, asked: Period | None = None) -> list[SentReport]:
        """Send the report on the period asked for, or else on each that is due, oldest first.

        A period whose report was sent before, or is being sent, is left out. Raises `Unavailable`
        when another try may help and `PermanentError` when a person must act.
        """
        if asked is not None:
            return self._report_each([asked], ON_DEMAND)
        schedule = Schedule(self._settings.report_period)
        progress = self._reports.progress(schedule)
        settled = self._clock() - SETTLING
        due = due_periods(progress.last_end, settled, schedule, self._zone)
        return self._report_each([*progress.unsent, *due], schedule)

    def _report_each(self, periods: Sequence[Period], kind: str) -> list[SentReport]:
        sent = [self._report(period, kind) for period in periods]
        return [report for report in sent if report is not None]

    def _report(self, period: Period, kind: str) -> SentReport | None:
        now = self._clock()
        if period.end > now:
            raise PermanentError(
                f"period.end: {period.end.isoformat()} is yet to come; ask for a period that is"
                " over"
            )
        report_run_id = self._reports.claim(
            new_id(), kind, period, now=now, forsaken_before=now - FORSAKEN_AFTER
        )
        if report_run_id is None:
            return None
        report, mail, place = self._keep(report_run_id, kind, period)
        outcomes = self._send(report_run_id, mail)
        return self._conclude(report_run_id, report, place, outcomes)

    def _keep(self, report_run_id: UUID, kind: str, period: Period) -> tuple[Report, Mail, Place]:
        try:
            report = self._build(kind, period)
            place = self._place(report_run_id, kind, period)
            excerpt = self._keep_list(place.csv, period)
            mail = compose(report, excerpt, place, report_run_id, self._wording)
            self._put(place.html, "text/html", BytesIO(mail.html.encode()))
            self._put(place.text, "text/plain", BytesIO(mail.text.encode()))
        except MessageTrackerError:
            self._reports.release(report_run_id)
            raise
        return report, mail, place

    def _build(self, kind: str, period: Period) -> Report:
        settings, now = self._settings, self._clock()
        return build_report(
            ReportTitle(settings.stage, kind, period, self._zone, now),
            self._reports.failures(period, self._before(kind, period)),
            self._reports.situation(period, now=now),
            self._books.read(),
            names_people=settings.report_names_people,
        )

    def _before(self, kind: str, period: Period) -> Period:
        """Return what the period is compared with: the one before by the schedule, or as long."""
        if kind == ON_DEMAND:
            return Period(period.start - (period.end - period.start), period.start)
        return period_before(period.start, Schedule(kind), self._zone)

    def _place(self, report_run_id: UUID, kind: str, period: Period) -> Place:
        settings = self._settings
        stem = f"{settings.report_prefix}{kind}/{period.end:%Y%m%dT%H%M%SZ}"
        return Place(
            settings.report_bucket,
            f"{stem}.html",
            f"{stem}.txt",
            f"{stem}.csv",
            web=self._web(report_run_id),
            dashboard=settings.dashboard_url,
        )

    def _web(self, report_run_id: UUID) -> str:
        """Return the report's link; none if the keys are out of reach: the report goes out."""
        if not self._settings.public_url:
            return ""
        try:
            keys = self._keys.keys()
        except MessageTrackerError as error:
            _LOGGER.warning("a report without its link", extra={"error": str(error)})
            return ""
        message_id = MessageId(report_run_id)
        return Links(self._settings.public_url, keys, message_id, self._clock()).report

    def _keep_list(self, key: str, period: Period) -> Excerpt:
        """Keep the whole list, and return its beginning."""
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            excerpt = write_list(
                self._reports.each_failure(period),
                cast("BinaryIO", file),
                names_people=self._settings.report_names_people,
                most_bytes=MOST_LISTED_BYTES,
            )
            file.seek(0)
            self._put(key, "text/csv", cast("BinaryIO", file))
        return excerpt

    def _put(self, key: str, content_type: str, file: BinaryIO) -> None:
        self._objects.put(
            self._settings.report_bucket, key, file, content_type=f"{content_type}; charset=utf-8"
        )

    def _send(self, report_run_id: UUID, mail: Mail) -> list[Outcome]:
        return [
            self._email.send(mail.to(recipient, report_run_id, new_id()))
            for recipient in self._settings.report_recipients
        ]

    def _conclude(
        self, report_run_id: UUID, report: Report, place: Place, outcomes: Sequence[Outcome]
    ) -> SentReport:
        """Write down that it was sent, if anyone got it; raise if anyone did not."""
        ids = [one.provider_message_id for one in outcomes if isinstance(one, Accepted)]
        if not ids:
            if not any(isinstance(one, Unknown) for one in outcomes):
                self._reports.release(report_run_id)
            raise _fault(outcomes)
        sent = SentReport(report.title.period, report.failures, report.accepted, place.html, ids[0])
        self._reports.mark_sent(report_run_id, sent, now=self._clock())
        if len(ids) < len(outcomes):
            raise _fault(outcomes)
        return sent


def zone_of(settings: ReporterSettings) -> ZoneInfo:
    """Return the time zone of the reports; raises `ConfigurationFault` if there is no such zone."""
    try:
        return ZoneInfo(settings.report_time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigurationFault(
            f"MT_REPORT_TIME_ZONE: {settings.report_time_zone!r} is no time zone: write a name of"
            " the IANA time zone database, as Europe/Berlin"
        ) from error


def _fault(outcomes: Sequence[Outcome]) -> MessageTrackerError:
    """Return the error that tells what became of the report for each who did not get it."""
    missed = {number: text for number, one in enumerate(outcomes, 1) if (text := _words(one))}
    told = "; ".join(f"recipient {number}: {text}" for number, text in missed.items())
    text = f"the report did not reach {len(missed)} of {len(outcomes)} recipients: {told}"
    if any(isinstance(one, Refused) and one.permanent for one in outcomes):
        return ConfigurationFault(f"{text}; check MT_REPORT_RECIPIENTS and MT_REPORT_FROM")
    return Unavailable(text)


def _words(outcome: Outcome) -> str | None:
    # The provider's own words may name the recipient: only codes go to the log.
    match outcome:
        case Accepted():
            return None
        case Refused(cause) | OptedOut(cause) | ChannelFault(cause):
            return cause
        case Throttled():
            return "throttled"
        case Unknown():
            return "no answer, it may have been sent"
        case _:
            assert_never(outcome)
