"""What each channel's recipients of a request are sent: its texts, checked, and filled on trial.

Every text is filled with every recipient's data at intake, so that a missing variable is the
caller's fault now and not a failure later, and so that the segments are counted.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from message_tracker.core.domain.errors import InvalidTemplate
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, Content, ContentId
from message_tracker.core.domain.named_template import TemplateVersion
from message_tracker.core.domain.problem import Fault
from message_tracker.core.domain.segments import max_characters
from message_tracker.core.domain.send_request import MAX_SUBJECT, SendRequest
from message_tracker.core.domain.templates import render_html, render_text, variables
from message_tracker.core.domain.transliteration import Spelling, as_written, transliterate
from message_tracker.core.domain.unsubscribe import VARIABLE
from message_tracker.core.domain.validation import one_line

MAX_HOSTED_DATA: Final = 262_144
"""Characters of JSON that SES takes to fill a template of its own (`TemplateData`)."""

_RENDER: Final[Mapping[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "subject": render_text,
    "html": render_html,
    "text": render_text,
}

_LINK: Final = re.compile(r"\{\{-?\s*" + VARIABLE + r"\b")
_TRIAL_LINK: Final = "https://unsubscribe.invalid/u/token"


@dataclass(frozen=True, slots=True)
class Draft:
    """One channel's texts by part (subject, html, text), and the request's field of each.

    `template` is the named template that they are of; `ses_template` names one that SES keeps, and
    there are no texts.
    """

    channel: Channel
    texts: Mapping[str, str]
    fields: Mapping[str, str]
    is_template: bool
    is_transliterated: bool = False
    template: TemplateVersion | None = None
    ses_template: str | None = None

    def content(self, request: SendRequest) -> Content:
        """Return the draft as it is stored, once for all its recipients."""
        is_email = self.channel is Channel.EMAIL
        return Content(
            content_id=ContentId(new_id()),
            subject=self.texts.get("subject"),
            html=self.texts.get("html"),
            text=self.texts.get("text"),
            is_template=self.is_template,
            is_transliterated=self.is_transliterated,
            headers=request.headers if is_email else {},
            attachments=tuple(each.attachment() for each in request.attachments if is_email),
            template_id=self.template.template_id if self.template else None,
            ses_template=self.ses_template,
        )

    def variables(self) -> frozenset[str] | None:
        """Return the names all its texts take from the data; None: nobody here knows.

        Raises `InvalidTemplate`.
        """
        if self.ses_template is not None:
            return None
        if not self.is_template:
            return frozenset()
        return frozenset().union(*(variables(text) for text in self.texts.values()))


def draft(channel: Channel, request: SendRequest, *, is_template: bool) -> Draft:
    """Return what the channel's recipients are sent."""
    if channel is Channel.EMAIL:
        text = "text" if request.text or request.html else "message"
        fields = {"subject": "subject", "html": "html", "text": text}
    else:
        fields = {"text": "message" if request.message else "text"}
    values = request.model_dump(include=set(fields.values()))
    present = {part: name for part, name in fields.items() if values[name] is not None}
    texts = {part: values[name] for part, name in present.items()}
    is_transliterated = channel is Channel.TEXT and request.transliterate is not None
    return Draft(channel, texts, present, is_template, is_transliterated)


def faults_of_draft(of: Draft) -> Iterator[Fault]:
    """Yield what is wrong with the texts whoever gets them."""
    yield from _missing(of)
    yield from faults_of_texts(of)


def faults_of_texts(of: Draft) -> Iterator[Fault]:
    """Yield what is wrong with the texts there are."""
    for part, text in of.texts.items():
        name = of.fields[part]
        try:
            if of.is_template:
                variables(text)
            else:
                check(of, part, text)
        except ValueError as error:
            yield Fault(f"#/{name}", name, f"`{name}` {error}")
        except InvalidTemplate as error:
            yield Fault(f"#/{name}", name, f"`{name}`, {error}")


def _missing(of: Draft) -> Iterator[Fault]:
    if of.ses_template is not None:
        if of.channel is Channel.TEXT:
            detail = "`ses_template` is an e-mail: remove the phone numbers, or use `template`"
            yield Fault("#/ses_template", "ses_template", detail)
    elif of.template is not None:
        if not of.texts:
            lacks = "e-mail" if of.channel is Channel.EMAIL else "SMS"
            detail = f"`template` {of.template.name!r} has no {lacks}: add it, or leave out whom it"
            yield Fault("#/template", "template", f"{detail} would go to")
    elif of.channel is Channel.TEXT:
        if not of.texts:
            yield Fault("#/message", "message", "an SMS needs `message` or `text`")
    else:
        if "subject" not in of.texts:
            yield Fault("#/subject", "subject", "`subject` is missing: every e-mail needs one")
        if not {"html", "text"} & of.texts.keys():
            yield Fault("#/message", "message", "an e-mail needs `html`, `text` or `message`")


def is_linked(channel: Channel, request: SendRequest) -> bool:
    """Whether a mail's texts name our link to unsubscribe: then they are templates."""
    texts = (request.html, request.text, request.message)
    return channel is Channel.EMAIL and any(_LINK.search(text) for text in texts if text)


def with_link(channel: Channel, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data for a trial: of a mail with a link, as the sender will add one."""
    return {**data, VARIABLE: _TRIAL_LINK} if channel is Channel.EMAIL else data


def filled_texts(of: Draft, data: Mapping[str, Any]) -> dict[str, str]:
    """Return a template draft's texts by part, filled; raises `InvalidTemplate`."""
    return {part: _RENDER[part](text, data) for part, text in of.texts.items()}


def fill(of: Draft, data: Mapping[str, Any], where: str) -> tuple[Spelling | None, list[Fault]]:
    """Fill a template draft on trial.

    Args:
        of: the draft; its texts are templates that parse.
        data: of the recipient, merged.
        where: the pointer to the recipient.

    Returns:
        How the text is sent (None for an e-mail or a fault), and what is wrong.
    """
    faults: list[Fault] = []
    spelling = None
    if of.ses_template is not None and len(json.dumps(data)) > MAX_HOSTED_DATA:
        detail = f"`data` for an SES template exceeds {MAX_HOSTED_DATA} characters: shorten it"
        faults.append(Fault(where, "data", detail))
    for part, text in of.texts.items():
        name = of.fields[part]
        try:
            spelling = check(of, part, _RENDER[part](text, data))
        except ValueError as error:
            faults.append(Fault(where, name, f"`{name}`, filled with this data, {error}"))
        except InvalidTemplate as error:
            faults.append(Fault(where, name, f"`{name}`, {error}"))
    return spelling, faults


def check(of: Draft, part: str, text: str) -> Spelling | None:
    """Return how a filled text is sent, None for an e-mail's; `ValueError` says why it cannot be.

    Args:
        of: the draft it belongs to.
        part: of the draft: subject, html or text.
        text: filled, if the draft is a template.
    """
    if part == "subject":
        _check_subject(text)
    if of.channel is Channel.EMAIL:
        return None
    if not text.strip():
        raise ValueError("is blank: an SMS needs a text")
    spelling = transliterate(text) if of.is_transliterated else as_written(text)
    sent_as = spelling.sent_as
    if sent_as.is_too_long:
        raise ValueError(
            f"has {sent_as.units} {sent_as.encoding} characters: an SMS may have"
            f" {max_characters(sent_as.encoding)}; shorten it"
        )
    return spelling


def _check_subject(subject: str) -> None:
    if not subject.strip():
        raise ValueError("is blank: every e-mail needs a subject")
    if len(subject) > MAX_SUBJECT:
        raise ValueError(f"is longer than {MAX_SUBJECT} characters: shorten it")
    one_line(subject)
