"""What an accepted request is answered."""

from uuid import UUID

from pydantic import AwareDatetime, Field

from message_tracker.api.models.answer import Answer
from message_tracker.api.models.problems import FaultDetails


class Replaced(Answer):
    """A character that was written otherwise."""

    character: str
    replacement: str
    count: int


class Transliteration(Answer):
    """What a spelling in GSM 7-bit saved."""

    segments_before: int
    segments: int
    replaced: list[Replaced]


class TextCost(Answer):
    """What the SMS of a request cost."""

    messages: int
    encoding: str = Field(description="`GSM-7`, `UCS-2` or `mixed`")
    segments: int
    segments_per_message: int | None = Field(description="null if they differ")
    forced_ucs2: list[str] = Field(description="the characters that forced UCS-2")
    extension: list[str] = Field(
        description="of those sent as GSM-7: the characters that take two septets"
    )
    transliteration: Transliteration | None = Field(
        default=None, description="with `transliterate` only"
    )


class SentTemplate(Answer):
    """Which version of the template is sent."""

    name: str
    version: int


class SendAnswer(Answer):
    """The messages are committed; those of a dry run are not."""

    dry_run: bool | None = Field(default=None, description="true if it was one")
    group_id: UUID | None = Field(default=None, description="none of a dry run")
    accepted: int
    would_accept: int | None = Field(default=None, description="of a dry run")
    message_ids: list[UUID] = Field(description="in the order of `to`")
    import_id: UUID | None = Field(
        default=None, description="of the list that is read now; its messages follow"
    )
    duplicates: int = Field(description="entries of `to` that named an address again")
    template: SentTemplate | None = Field(default=None, description="if the request named one")
    estimated_start_at: AwareDatetime | None = Field(description="null while nothing is sent")
    estimated_finish_at: AwareDatetime | None = Field(description="null if any must wait")
    estimate_reason: str | None = Field(description="why there is no estimate")
    text: TextCost | None = Field(default=None, description="if there are SMS")
    encoding: str | None = Field(default=None, description="of a single SMS")
    segments: int | None = Field(default=None, description="of a single SMS")
    refused: list[FaultDetails] | None = Field(default=None, description="with `partial` only")
