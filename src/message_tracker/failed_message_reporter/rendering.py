"""The report as an e-mail: HTML, and a text of the same content."""

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from message_tracker.core.domain.report import Report
from message_tracker.failed_message_reporter import wording

MOST_GAPS = 10
"""Gaps of the books that are told one by one."""

_ENVIRONMENT = Environment(
    loader=PackageLoader("message_tracker.failed_message_reporter"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters.update(
    number=wording.number,
    percent=wording.percent,
    bar_width=wording.bar_width,
    moment=wording.moment,
    kind=wording.kind,
    period=wording.period,
    when=wording.when,
    fixer=wording.fixer,
    channels=wording.channels,
    groups=wording.groups,
    gap=wording.gap,
    book_lines=wording.book_lines,
    summary=wording.summary,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report is kept: the bucket, and a key for each of its forms."""

    bucket: str
    html: str
    text: str
    csv: str


def render_subject(report: Report) -> str:
    """Return the subject of the report's e-mail."""
    alarm = "" if report.books.balanced else "books out of balance, "
    kind = wording.kind(report.title)
    return f"Message Tracker {report.title.stage}: {alarm}{report.headline} ({kind})"


def render_html(report: Report, place: Place) -> str:
    """Return the report as a page for mail clients."""
    return _render("report.html", report, place)


def render_text(report: Report, place: Place) -> str:
    """Return the report as plain text."""
    return _render("report.txt", report, place)


def _render(name: str, report: Report, place: Place) -> str:
    template = _ENVIRONMENT.get_template(name)
    return template.render(report=report, place=place, most_gaps=MOST_GAPS)
