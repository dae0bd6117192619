"""A report as it is mailed: page, text and list, small enough that no mail client cuts it off."""

from dataclasses import dataclass
from uuid import UUID

from message_tracker.core.domain.links import REPORT_LINK_LASTS
from message_tracker.core.domain.message import (
    Attachment,
    AttemptId,
    Disposition,
    MessageId,
    OutboundEmail,
    Personal,
)
from message_tracker.core.domain.report import MOST_CAUSES, Report
from message_tracker.failed_message_reporter.listing import Excerpt, attached
from message_tracker.failed_message_reporter.page import Link, page_of
from message_tracker.failed_message_reporter.rendering import (
    render_html,
    render_subject,
    render_text,
)
from message_tracker.failed_message_reporter.wording import Wording

MOST_BYTES = 100_000
"""How large a mail may be, as it is sent: Gmail cuts off what is larger than 102 KB."""

MOST_LISTED_BYTES = 40_000
"""How much of the list a mail carries."""

_HEADERS = 4_000
_LEAST_LISTED_BYTES = 8_000  # below which causes make room for the list
_SLACK = 500  # the head and the foot of the list, and how the page's words on it differ
# Base64 makes four characters of three bytes, and a line break of two after each 76 (RFC 2045).
_ENCODED = 4 / 3 * 78 / 76


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report is kept: the bucket, and a key for each of its forms.

    `web` is the address at which anybody who has it may see the report, `dashboard` that of the
    stage's dashboard; each is empty if there is none.
    """

    bucket: str
    html: str
    text: str
    csv: str
    web: str = ""
    dashboard: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A report ready to be sent and kept."""

    subject: str
    html: str
    text: str
    csv: bytes

    @property
    def size(self) -> int:
        """How many bytes the mail takes at most, however its parts are encoded."""
        parts = len(self.html.encode()) + len(self.text.encode()) + len(self.csv)
        return _HEADERS + round(parts * _ENCODED)

    def to(self, recipient: str, report_run_id: UUID, attempt_id: UUID) -> OutboundEmail:
        """Return the mail to one recipient."""
        return OutboundEmail(
            message_id=MessageId(report_run_id),
            attempt_id=AttemptId(attempt_id),
            recipient=Personal(recipient),
            subject=Personal(self.subject),
            html=Personal(self.html),
            text=Personal(self.text),
            attachments=self._attachments(),
        )

    def _attachments(self) -> tuple[Attachment, ...]:
        if not self.csv:
            return ()
        return (Attachment("failures.csv", "text/csv", Disposition.ATTACHMENT, None, self.csv),)


def compose(
    report: Report, excerpt: Excerpt, place: Place, report_run_id: UUID, wording: Wording
) -> Mail:
    """Return the report as a mail that is small enough.

    The list takes the room that the page leaves; the page tells of fewer causes if it must.
    """
    most_causes = min(MOST_CAUSES, len(report.causes))
    while True:
        shortened = report.shortened(most_causes)
        draft = _composed(shortened, excerpt, 0, place, report_run_id, wording)
        room = int((MOST_BYTES - draft.size) / _ENCODED) - _SLACK
        if room >= min(_LEAST_LISTED_BYTES, excerpt.size + _SLACK) or most_causes == 0:
            room = min(room, MOST_LISTED_BYTES)
            return _composed(shortened, excerpt, room, place, report_run_id, wording)
        most_causes -= 1


def _composed(
    report: Report,
    excerpt: Excerpt,
    room: int,
    place: Place,
    report_run_id: UUID,
    wording: Wording,
) -> Mail:
    language = wording.language
    csv, fitting = attached(excerpt, room, language) if excerpt.count else (b"", 0)
    foot = [*_told(fitting, excerpt, wording), _kept(place, report_run_id, wording)]
    page = page_of(report, _links(excerpt, place, wording), foot, wording)
    return Mail(
        render_subject(report, wording), render_html(page, wording), render_text(page, wording), csv
    )


def _kept(place: Place, report_run_id: UUID, wording: Wording) -> str:
    say, report_id = wording.language.say, str(report_run_id)
    if place.web:
        return say("kept_linked", days=str(REPORT_LINK_LASTS.days), id=report_id)
    return say("kept", place=f"s3://{place.bucket}/{place.html}", id=report_id)


def _links(excerpt: Excerpt, place: Place, wording: Wording) -> list[Link]:
    """Return where there is more to see."""
    addresses = {
        "on_the_web": place.web,
        "list_on_the_web": f"{place.web}.csv" if place.web and excerpt.count else "",
        "dashboard": place.dashboard,
    }
    say = wording.language.say
    return [Link(say(key), address) for key, address in addresses.items() if address]


def _told(fitting: int, excerpt: Excerpt, wording: Wording) -> list[str]:
    say = wording.language.say
    if not excerpt.count:
        return []
    if fitting == excerpt.count:
        return [say("list_whole", excerpt.count)]
    return [say("list_cut", excerpt.count, listed=wording.language.number(fitting))]
