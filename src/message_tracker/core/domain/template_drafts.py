"""Templates as drafts: checked when they are made, tried by a preview, chosen by a request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from message_tracker.core.domain.drafts import Draft, faults_of_texts, fill, filled_texts
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.named_template import (
    FindTemplate,
    TemplateTexts,
    TemplateVersion,
)
from message_tracker.core.domain.plain_text import plain_text
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.domain.segments import Segmentation
from message_tracker.core.domain.send_request import SendRequest

_PARTS: Final[Mapping[Channel, Mapping[str, str]]] = {
    Channel.EMAIL: {"subject": "subject", "html": "html", "text": "text"},
    Channel.TEXT: {"text": "message"},
}
_TEXTS: Final = ("subject", "html", "text", "message")


def complete(texts: TemplateTexts) -> TemplateTexts:
    """Return a template's texts as they are kept: with a text part made from the HTML if need be.

    Raises:
        RequestRefused: lists everything that is wrong with them.
    """
    if texts.html is not None and texts.text is None:
        texts = texts.model_copy(update={"text": plain_text(texts.html) or None})
    if faults := list(_faults(texts)):
        raise invalid_request(faults)
    return texts


def _faults(texts: TemplateTexts) -> Iterator[Fault]:
    has_body = texts.html is not None or texts.text is not None
    if texts.subject is None and has_body:
        yield Fault("#/subject", "subject", "`subject` is missing: every e-mail needs one")
    if texts.subject is not None and not has_body:
        yield Fault("#/html", "html", "an e-mail needs `html` or `text` beside its `subject`")
    if texts.subject is None and not has_body and texts.message is None:
        detail = "a template needs an e-mail (`subject`, `html`, `text`) or an SMS (`message`)"
        yield Fault("#", "template", detail)
    for channel in Channel:
        yield from faults_of_texts(_draft(channel, texts))


def _draft(channel: Channel, texts: TemplateTexts) -> Draft:
    given = texts.model_dump(exclude_none=True)
    fields = {part: name for part, name in _PARTS[channel].items() if name in given}
    return Draft(
        channel, {part: given[name] for part, name in fields.items()}, fields, is_template=True
    )


def channels(texts: TemplateTexts) -> list[Channel]:
    """Return the channels a template can be sent by."""
    is_there = {Channel.EMAIL: texts.subject is not None, Channel.TEXT: texts.message is not None}
    return [channel for channel in Channel if is_there[channel]]


def variables_of(texts: TemplateTexts) -> list[str]:
    """Return the names that a template takes from its data, in order."""
    return sorted({name for each in Channel for name in _draft(each, texts).variables() or ()})


@dataclass(frozen=True, slots=True)
class Preview:
    """A template filled: its texts by name, and how the SMS, if it has one, is sent."""

    texts: Mapping[str, str]
    segmentation: Segmentation | None


def preview(texts: TemplateTexts, data: Mapping[str, Any]) -> Preview:
    """Return a template filled with somebody's data, exactly as a send would fill it.

    Raises:
        RequestRefused: names every part that does not fill with this data, and why.
    """
    faults: list[Fault] = []
    shown: dict[str, str] = {}
    spelling = None
    for channel in channels(texts):
        draft = _draft(channel, texts)
        spelling, found = fill(draft, data, "#/data")
        faults += found
        if not found:
            filled = filled_texts(draft, data)
            shown |= {draft.fields[part]: text for part, text in filled.items()}
    if faults:
        raise invalid_request(faults)
    return Preview(shown, spelling.sent_as if spelling else None)


@dataclass(frozen=True, slots=True)
class Choice:
    """Where the texts of a request come from: its own fields, if both are None."""

    template: TemplateVersion | None = None
    ses_template: str | None = None
    is_transliterated: bool = False

    def draft(self, channel: Channel) -> Draft | None:
        """Return what the channel's recipients are sent; None: the request's own fields."""
        if self.ses_template is not None:
            return Draft(channel, {}, {}, is_template=True, ses_template=self.ses_template)
        if self.template is None:
            return None
        own = _draft(channel, self.template.texts)
        return replace(
            own,
            template=self.template,
            is_transliterated=self.is_transliterated and channel is Channel.TEXT,
        )


def choose(request: SendRequest, find: FindTemplate) -> tuple[Choice | None, list[Fault]]:
    """Return where a request's texts come from (None: that cannot be told), and what is wrong."""
    faults = list(_faults_beside(request))
    if request.template is None:
        return Choice(ses_template=request.ses_template), faults
    name, version = request.template.name, request.template.version
    found = find(name, version)
    if found is None:
        what = f"{name!r}" if version is None else f"{name!r}, version {version},"
        detail = f"`template` {what} is not known here: correct it, or create the template first"
        return None, [*faults, Fault("#/template", "template", detail)]
    if found.archived_at is not None:
        detail = f"`template` {name!r}, version {found.version}, is archived: name another"
        return None, [*faults, Fault("#/template", "template", detail)]
    return Choice(found, is_transliterated=request.transliterate is not None), faults


def _faults_beside(request: SendRequest) -> Iterator[Fault]:
    chosen = [name for name in ("template", "ses_template") if getattr(request, name) is not None]
    if not chosen:
        return
    for name in (*chosen[1:], *_TEXTS):
        if getattr(request, name) is not None:
            detail = f"`{name}` cannot stand beside `{chosen[0]}`: remove one of them"
            yield Fault(f"#/{name}", name, detail)
