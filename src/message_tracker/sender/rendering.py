"""Fills a message's content for its recipient."""

import json
from collections.abc import Callable, Mapping
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
from message_tracker.core.store.dispatch import ClaimedMessage

Outbound = OutboundEmail | OutboundText

_Render = Callable[[str, Mapping[str, Any]], str]


def render(message: ClaimedMessage, attempt_id: AttemptId) -> Outbound:
    """Return the message as the provider's call wants it.

    Raises:
        InvalidTemplate: the content does not fill with this recipient's data.
    """
    match message.channel:
        case Channel.EMAIL:
            return _email(message, attempt_id)
        case Channel.TEXT:
            return _text(message, attempt_id)
        case _:
            assert_never(message.channel)


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
