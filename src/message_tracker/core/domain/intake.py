"""From the body of ``POST /send`` to the messages it asks for: checked, normalized, named."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.drafts import (
    Draft,
    check,
    draft,
    faults_of_draft,
    fill,
    is_linked,
    with_link,
)
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.listed import Listed, chosen, looks_like_template
from message_tracker.core.domain.message import (
    Channel,
    Content,
    MessageId,
)
from message_tracker.core.domain.named_template import FindTemplate, TemplateVersion
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.domain.recipients import Addressee, Recipients, parse_recipients
from message_tracker.core.domain.send_request import MAX_DELAY, SendRequest
from message_tracker.core.domain.submission import NewMessage, Submission
from message_tracker.core.domain.template_drafts import Choice, choose
from message_tracker.core.domain.transliteration import Spelling
from message_tracker.core.domain.validation import faults_of

MAX_DATA: Final = 32 << 20
"""Characters of JSON that the data of all recipients may take together, defaults merged in."""

_TEXTS: Final = frozenset({"html", "message", "text"})
_SOURCES: Final = frozenset({"ses_template", "template"})


def _no_template(_name: str, _version: int | None) -> None:
    return None


def parse_submission(
    body: object,
    *,
    rules: AddressRules,
    listed: Listed | None = None,
    find_template: FindTemplate = _no_template,
    now: datetime,
) -> Submission:
    """Return what a request asks for.

    Args:
        body: the JSON value of the request.
        rules: which addresses are taken.
        listed: the recipients, where the request only names a list of them.
        find_template: looks up a template by name; without it there are none.
        now: when the request came.

    Raises:
        RequestRefused: lists every fault at once.
    """
    if not isinstance(body, dict):
        raise invalid_request([Fault("#", "request", "the body must be a JSON object")])
    request, faults = _read(body, now)
    choice, unchosen = choose(request, find_template)
    faults += unchosen
    recipients = (
        _recipients(body, request, rules)
        if listed is None
        else chosen(listed, request, choice, rules.channels)
    )
    faults += _unattached(request, recipients)
    sound = _sound(_drafts(request, recipients, choice), faults)
    filled = _fill(request, recipients, sound)
    faults += filled.faults
    refused = recipients.faults + filled.refused
    is_excerpt = listed is not None and listed.is_excerpt
    if faults or (refused and not is_excerpt and not (request.partial and filled.messages)):
        raise invalid_request(faults + refused)
    told = refused if is_excerpt or request.partial else None
    template = choice.template if choice else None
    return _submission(request, filled, recipients.duplicates, told, now, template)


def _read(body: Mapping[str, Any], now: datetime) -> tuple[SendRequest, list[Fault]]:
    """Return the request without its faulty fields, and their faults."""
    try:
        request, faults = SendRequest.model_validate(body), []
    except ValidationError as error:
        faults = faults_of(error)
        wrong = {details["loc"][0] for details in error.errors(include_url=False)}
        rest = {name: value for name, value in body.items() if name not in wrong}
        request = SendRequest.model_validate(rest)
    if request.send_at is not None and request.send_at > now + MAX_DELAY:
        detail = f"`send_at` is too far ahead: it may be {MAX_DELAY.days} days from now"
        faults.append(Fault("#/send_at", "send_at", detail))
    return request, faults


def _recipients(body: Mapping[str, Any], request: SendRequest, rules: AddressRules) -> Recipients:
    if body.get("to") is None:
        detail = "`to` is missing and no default audience is configured: say who should get this"
        return Recipients(faults=[Fault("#/to", "to", detail)])
    return parse_recipients(request.to, channel=request.channel, rules=rules)


def _unattached(request: SendRequest, recipients: Recipients) -> list[Fault]:
    """Return the fault of files that nobody would get."""
    if not request.attachments or recipients.used_channels != {Channel.TEXT}:
        return []
    detail = "`attachments` go with e-mail only, and all of `to` get SMS: remove them"
    return [Fault("#/attachments", "attachments", detail)]


def _drafts(
    request: SendRequest, recipients: Recipients, choice: Choice | None
) -> dict[Channel, Draft]:
    """Return what each channel in use sends: templates as soon as anybody gave data."""
    if choice is None:
        return {}
    used = recipients.used_channels
    is_template = looks_like_template(request)
    if recipients.channels is None:
        is_template = request.data is not None or any(
            addressee.data is not None for addressee in recipients.addressees
        )
    return {
        channel: choice.draft(channel)
        or draft(channel, request, is_template=is_template or is_linked(channel, request))
        for channel in Channel
        if channel in used
    }


def _sound(drafts: Mapping[Channel, Draft], faults: list[Fault]) -> dict[Channel, Draft]:
    """Return the drafts without fault, and add the others' faults, one a field, to `faults`."""
    known = {fault.field for fault in faults}
    if known & _TEXTS:
        known |= _TEXTS  # a text with a fault is not also missing
    if known & _SOURCES:
        known |= {*_TEXTS, *_SOURCES, "subject"}  # nor what its template has
    found = {channel: list(faults_of_draft(each)) for channel, each in drafts.items()}
    for fault in (fault for each in found.values() for fault in each):
        if fault.field not in known:
            faults.append(fault)
            known.add(fault.field)
    return {channel: drafts[channel] for channel, each in found.items() if not each}


@dataclass(slots=True)
class _Filled:
    """What the drafts came to."""

    contents: list[Content] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    messages: list[NewMessage] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    refused: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Outlet:
    """A sound draft with what all its messages share."""

    draft: Draft
    content: Content
    variables: frozenset[str] | None
    verbatim: Spelling | None


def _outlet(sound: Draft, request: SendRequest) -> _Outlet:
    is_one_text = sound.channel is Channel.TEXT and not sound.is_template
    return _Outlet(
        draft=sound,
        content=sound.content(request),
        variables=sound.variables(),
        verbatim=check(sound, "text", sound.texts["text"]) if is_one_text else None,
    )


def _fill(request: SendRequest, recipients: Recipients, sound: Mapping[Channel, Draft]) -> _Filled:
    outlets = {channel: _outlet(each, request) for channel, each in sound.items()}
    filled = _Filled([outlet.content for outlet in outlets.values()], list(outlets))
    room = MAX_DATA
    for addressee in recipients.addressees:
        if (outlet := outlets.get(addressee.channel)) is None:
            continue
        message, refused = _message(addressee, outlet, request)
        room -= len(message.data_json or "")
        filled.refused += refused
        if not refused:
            filled.messages.append(message)
        if room < 0:
            detail = (
                f"`data` merged into every recipient's exceeds {MAX_DATA} characters: shorten it"
            )
            filled.faults.append(Fault("#/data", "data", detail))
            break
    return filled


def _message(
    addressee: Addressee, outlet: _Outlet, request: SendRequest
) -> tuple[NewMessage, list[Fault]]:
    refused: list[Fault] = []
    data_json, spelling = None, outlet.verbatim
    if outlet.draft.is_template:
        # Only what the texts ask for is kept of a person's data.
        given = {**(request.data or {}), **(addressee.data or {})}
        used = given.keys() if outlet.variables is None else outlet.variables
        data = {name: value for name, value in given.items() if name in used}
        trial = with_link(outlet.draft.channel, data)
        spelling, refused = fill(outlet.draft, trial, addressee.pointer)
        data_json = json.dumps(data, ensure_ascii=False, allow_nan=False)
    message = NewMessage(
        message_id=MessageId(new_id()),
        content_id=outlet.content.content_id,
        channel=addressee.channel,
        address=addressee.address,
        data_json=data_json,
        user_id=addressee.user_id or request.user_id,
        spelling=spelling,
        pointer=addressee.pointer,
    )
    return message, refused


def _submission(
    request: SendRequest,
    filled: _Filled,
    duplicates: int,
    refused: Sequence[Fault] | None,
    now: datetime,
    template: TemplateVersion | None,
) -> Submission:
    due_at = max(request.send_at or now, now)
    ttl = None if request.ttl_seconds is None else timedelta(seconds=request.ttl_seconds)
    return Submission(
        group=request.group,
        kind=request.kind,
        on_unconfirmed=request.on_unconfirmed,
        report_type=request.report_type,
        due_at=due_at,
        expires_at=None if ttl is None else due_at + ttl,
        contents=filled.contents,
        messages=filled.messages,
        duplicates=duplicates,
        refused=refused,
        channels=filled.channels,
        template=template,
    )
