"""The report as an e-mail: HTML, and a text of the same content."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from message_tracker.core.domain.report import Report
from message_tracker.failed_message_reporter.page import Page, headline
from message_tracker.failed_message_reporter.wording import Wording

_ENVIRONMENT = Environment(
    loader=PackageLoader("message_tracker.failed_message_reporter"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render_subject(report: Report, wording: Wording) -> str:
    """Return the subject of the report's e-mail."""
    key = "subject" if report.books.balanced else "subject_of_alarm"
    return wording.language.say(
        key,
        stage=report.title.stage,
        headline=headline(report, wording),
        kind=wording.language.say(report.title.kind),
    )


def render_html(page: Page, wording: Wording) -> str:
    """Return the report as a page for mail clients."""
    return render("report.html", page, wording)


def render_text(page: Page, wording: Wording) -> str:
    """Return the report as plain text."""
    return render("report.txt", page, wording)


def render(name: str, page: object, wording: Wording) -> str:
    """Return a page as the template of that name lays it out."""
    return _ENVIRONMENT.get_template(name).render(page=page, say=wording.language.say)
