"""A message the twin has accepted: what its inbox shows and what its events are made from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from message_tracker.core.domain.message import MESSAGE_ID_TAG, Channel


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """A file that came with an e-mail; of its content the size alone is kept."""

    name: str
    content_type: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """One provider call that was accepted; `recipients` is one phone number for a text."""

    channel: Channel
    provider_message_id: str
    accepted_at: datetime
    sender: str
    recipients: tuple[str, ...]
    text: str
    html: str = ""
    subject: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[AcceptedFile, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)  # SES message tags, or the SMS context
    configuration_set: str = ""
    template_name: str = ""  # of a template that the provider keeps
    rendering_failure: str = ""  # of a template that did not fill: nobody gets such a mail
    segments: int = 0  # of a text; e-mail has none
    message_type: str = ""  # of a text: TRANSACTIONAL or PROMOTIONAL

    @property
    def message_id(self) -> str:
        """The caller's own id of the message; the provider's for a caller that sends none."""
        return self.tags.get(MESSAGE_ID_TAG, self.provider_message_id)

    def as_json(self) -> dict[str, Any]:
        """Return what `GET /inbox` lists; times in ISO 8601 with microseconds."""
        return {
            "channel": self.channel,
            "recipient": ", ".join(self.recipients),
            "sender": self.sender,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "headers": [{"name": name, "value": value} for name, value in self.headers],
            "attachments": [asdict(file) for file in self.attachments],
            "tags": dict(self.tags),
            "configuration_set": self.configuration_set,
            "segments": self.segments,
            "provider_message_id": self.provider_message_id,
            "accepted_at": self.accepted_at.isoformat(timespec="microseconds"),
        }
