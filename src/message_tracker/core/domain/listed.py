"""Recipients that a request only names: those of an audience, or of an object that lists them.

A list may hold both channels, so the request says by its texts which of them it is for. Its texts
are templates if they look so; what the list knows of a recipient need not be known beforehand.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from message_tracker.core.domain.addresses import not_sent
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.problem import Fault
from message_tracker.core.domain.recipients import Addressee, Recipients
from message_tracker.core.domain.send_request import SendRequest
from message_tracker.core.domain.template_drafts import Choice, channels

RECIPIENT_FIELDS: Final = ("to", "audience", "recipients_url")
_MARKUP: Final = re.compile(r"\{[{%#]")


@dataclass(frozen=True, slots=True)
class Listed:
    """Recipients read from a list.

    Args:
        addressees: that were read.
        faults: why there are none.
        is_excerpt: there are more to come: who is refused does not refuse the others.
    """

    addressees: Sequence[Addressee] = ()
    faults: Sequence[Fault] = ()
    is_excerpt: bool = False


def channels_of_list(request: SendRequest, choice: Choice) -> frozenset[Channel]:
    """Return which of a list's recipients a request is for.

    With a subject or HTML it is an e-mail, with `message` an SMS (and with both, both); `text`
    alone is an SMS. `channel` narrows it; a named template is for whom it has parts for.
    """
    if request.channel is not None:
        return frozenset({request.channel})
    if choice.template is not None:
        return frozenset(channels(choice.template.texts))
    if choice.ses_template is not None:
        return frozenset({Channel.EMAIL})
    is_email = request.subject is not None or request.html is not None
    is_text = request.message is not None or (request.text is not None and not is_email)
    asked = {Channel.EMAIL: is_email, Channel.TEXT: is_text}
    return frozenset(channel for channel, is_asked in asked.items() if is_asked)


def looks_like_template(request: SendRequest) -> bool:
    """Whether a text of the request has Jinja's marks."""
    texts = (request.subject, request.html, request.text, request.message)
    return any(text is not None and _MARKUP.search(text) for text in texts)


def chosen(
    listed: Listed,
    request: SendRequest,
    choice: Choice | None,
    offered: Collection[Channel] = tuple(Channel),
) -> Recipients:
    """Return those of a list's recipients that a request is for.

    Args:
        listed: what was read of the list.
        request: that names it.
        choice: where its texts come from; None if that cannot be told.
        offered: the channels that messages go by.
    """
    if choice is None:
        return Recipients(faults=list(listed.faults), channels=frozenset())
    wanted = channels_of_list(request, choice)
    found = Recipients(faults=list(listed.faults), channels=wanted)
    found.addressees += (one for one in listed.addressees if one.channel in wanted)
    found.faults += (_not_sent(channel) for channel in sorted(wanted.difference(offered)))
    if not wanted:
        detail = "`message` is missing: an SMS needs it, an e-mail `subject` and a text"
        found.faults.append(Fault("#/message", "message", detail))
    elif listed.addressees and not found.addressees and not listed.is_excerpt:
        detail = "the audience has nobody for what this request says: see `channel`"
        found.faults.append(Fault("#/audience", "audience", detail))
    return found


def _not_sent(channel: Channel) -> Fault:
    others = " or ".join(f"'{other}'" for other in Channel if other is not channel)
    detail = f"the request is for {not_sent(channel)}: set `channel` to {others}"
    return Fault("#/channel", "channel", detail)


def given_fields(body: Mapping[str, Any]) -> list[str]:
    """Return the fields of a request that say who gets it."""
    return [name for name in RECIPIENT_FIELDS if body.get(name) is not None]
