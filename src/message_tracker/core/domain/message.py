"""What is sent: one message goes to one recipient by one channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

MessageId = NewType("MessageId", UUID)
AttemptId = NewType("AttemptId", UUID)
GroupId = NewType("GroupId", UUID)
ContentId = NewType("ContentId", UUID)
TemplateId = NewType("TemplateId", UUID)

# Our ids travel with the message, as SES message tags and as SMS context: an event finds its
# message without a look-up by the provider's id, even if it comes before our own commit.
MESSAGE_ID_TAG = "mt_id"
ATTEMPT_ID_TAG = "mt_attempt"


class Channel(StrEnum):
    """By what a message travels."""

    EMAIL = "email"
    TEXT = "text"


class Kind(StrEnum):
    """Which queue a message takes, and whether it must offer to unsubscribe."""

    TRANSACTIONAL = "transactional"
    MARKETING = "marketing"


class OnUnconfirmed(StrEnum):
    """What to do when a call's outcome stays unknown past the deadline."""

    RETRY = "retry"  # send once more: better twice than never
    HOLD = "hold"  # leave it to a person: better never than twice


class GroupState(StrEnum):
    """Whether the messages of a group may be begun."""

    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"


class Personal(str):
    """An address or a text of a person: it prints, but its `repr` (so a log) hides it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Personal('…')"


class Disposition(StrEnum):
    """How a mail program shows a file (RFC 2183)."""

    ATTACHMENT = "attachment"
    INLINE = "inline"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with an e-mail; `content_id` is how its HTML names it."""

    name: str = field(repr=False)
    content_type: str
    disposition: Disposition
    content_id: str | None
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """What a request says to all its recipients; templates are filled with each one's data.

    `template_id` is of the named template that the texts are of; `ses_template` names a template
    that SES keeps and fills: then there are no texts.
    """

    content_id: ContentId
    subject: str | None
    html: str | None
    text: str | None
    is_template: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    template_id: TemplateId | None = None
    ses_template: str | None = None
    is_transliterated: bool = False  # an SMS: spelled in GSM 7-bit where that reads the same
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient as a sender needs it."""

    address: Personal
    data: Mapping[str, Any]
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class HostedTemplate:
    """A template that the provider keeps, and the JSON object that it fills it with."""

    name: str
    data_json: Personal


@dataclass(frozen=True, slots=True)
class OutboundEmail:
    """One e-mail, rendered, for the provider's call; or a `template` for the provider to render."""

    message_id: MessageId
    attempt_id: AttemptId
    recipient: Personal
    subject: Personal
    html: Personal | None
    text: Personal | None
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    template: HostedTemplate | None = None


@dataclass(frozen=True, slots=True)
class OutboundText:
    """One SMS, rendered, for the provider's call."""

    message_id: MessageId
    attempt_id: AttemptId
    recipient: Personal
    body: Personal
    kind: Kind
