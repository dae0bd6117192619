"""Fills a message's content for its recipient."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, assert_never

from message_tracker.core.domain.message import (
    AttemptId,
    Channel,
    Content,
    HostedTemplate,
    OutboundEmail,
    OutboundText,
    Personal,
)
from message_tracker.core.domain.simulators import stand_in
from message_tracker.core.domain.templates import render_html, render_text
from message_tracker.core.domain.transliteration import transliterate
from message_tracker.core.domain.unsubscribe import VARIABLE
from message_tracker.core.store.dispatch import ClaimedMessage
from message_tracker.sender.mailing import Mailing

Outbound = OutboundEmail | OutboundText

_Render = Callable[[str, Mapping[str, Any]], str]


def render(
    message: ClaimedMessage, attempt_id: AttemptId, mailing: Mailing | None = None
) -> Outbound:
    """Return the message as the provider's call wants it.

    Args:
        message: to fill.
        attempt_id: of the call.
        mailing: what the deployment adds to mail; None where nobody can reach it.

    Raises:
        InvalidTemplate: the content does not fill with this recipient's data.
        Unavailable: the links cannot be signed now.
    """
    match message.channel:
        case Channel.EMAIL:
            email = _email(_linked(message, mailing), attempt_id)
            return email if mailing is None else _with_additions(email, message, mailing)
        case Channel.TEXT:
            return _text(message, attempt_id)
        case _:
            assert_never(message.channel)


def _linked(message: ClaimedMessage, mailing: Mailing | None) -> ClaimedMessage:
    """Return the message, its data with our link to unsubscribe."""
    if mailing is None or not message.content.is_template:
        return message
    url = mailing.links(message.message_id).unsubscribe
    data = {**message.recipient.data, VARIABLE: url}
    return replace(message, recipient=replace(message.recipient, data=data))


def _with_additions(
    email: OutboundEmail, message: ClaimedMessage, mailing: Mailing
) -> OutboundEmail:
    links = mailing.links(message.message_id)
    headers = mailing.headers(email.headers, message.kind, links)
    return replace(email, headers=headers, html=mailing.html(email.html, links))


def _email(message: ClaimedMessage, attempt_id: AttemptId) -> OutboundEmail:
    content = message.content
    return OutboundEmail(
        message_id=message.message_id,
        attempt_id=attempt_id,
        recipient=_destination(message),
        subject=_filled(render_text, content, content.subject, message) or Personal(""),
        html=_filled(render_html, content, content.html, message),
        text=_filled(render_text, content, content.text, message),
        headers=content.headers,
        attachments=content.attachments,
        template=_hosted(message),
    )


def _hosted(message: ClaimedMessage) -> HostedTemplate | None:
    if message.content.ses_template is None:
        return None
    data_json = json.dumps(message.recipient.data, ensure_ascii=False)
    return HostedTemplate(message.content.ses_template, Personal(data_json))


def _text(message: ClaimedMessage, attempt_id: AttemptId) -> OutboundText:
    content = message.content
    body = _filled(render_text, content, content.text, message) or Personal("")
    return OutboundText(
        message_id=message.message_id,
        attempt_id=attempt_id,
        recipient=_destination(message),
        body=Personal(transliterate(body).text) if content.is_transliterated else body,
        kind=message.kind,
    )


def _destination(message: ClaimedMessage) -> Personal:
    address = message.recipient.address
    return stand_in(message.channel, address) if message.is_test else address


def _filled(
    fill: _Render, content: Content, source: str | None, message: ClaimedMessage
) -> Personal | None:
    if source is None:
        return None
    return Personal(fill(source, message.recipient.data) if content.is_template else source)
