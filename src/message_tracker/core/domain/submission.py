"""What an accepted request comes to: its messages, and what they share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from message_tracker.core.domain.message import (
    Channel,
    Content,
    ContentId,
    Kind,
    MessageId,
    OnUnconfirmed,
    Personal,
)
from message_tracker.core.domain.named_template import TemplateVersion
from message_tracker.core.domain.problem import Fault
from message_tracker.core.domain.transliteration import Spelling


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One message to be stored.

    `data_json` is None when its content is no template, `spelling` when it is an e-mail.
    """

    message_id: MessageId
    content_id: ContentId
    channel: Channel
    address: Personal
    data_json: str | None
    user_id: str | None
    spelling: Spelling | None
    pointer: str  # to its recipient in the request

    @property
    def units(self) -> int:
        """Return what it costs at the limiter."""
        return self.spelling.sent_as.segments if self.spelling else 1


@dataclass(frozen=True, slots=True)
class Submission:
    """An accepted request: everything that is stored of it, and what its answer says."""

    group: str | None
    kind: Kind
    on_unconfirmed: OnUnconfirmed
    report_type: str | None
    due_at: datetime
    expires_at: datetime | None
    contents: Sequence[Content]
    messages: Sequence[NewMessage]
    duplicates: int
    refused: Sequence[Fault] | None  # None: the request did not ask for a partial acceptance
    channels: Sequence[Channel] = ()  # of the contents, in their order
    template: TemplateVersion | None = None

    @property
    def segments(self) -> int:
        """What its SMS cost."""
        spellings = (message.spelling for message in self.messages)
        return sum(spelling.sent_as.segments for spelling in spellings if spelling)

    @property
    def is_transliterated(self) -> bool:
        """Whether its SMS are spelled in GSM 7-bit where that reads the same."""
        return any(content.is_transliterated for content in self.contents)
