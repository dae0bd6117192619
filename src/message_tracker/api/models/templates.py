"""What is taken and answered of templates."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from message_tracker.api.models.answer import Answer
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.named_template import TemplateName, TemplateTexts
from message_tracker.core.domain.send_request import MAX_VERSION
from message_tracker.core.domain.validation import Strict

MAX_PAGE = 200


class NewTemplate(TemplateTexts):
    """A template's texts with its name."""

    name: TemplateName


class PreviewRequest(Strict):
    """Somebody's data."""

    data: dict[str, Any] = Field(default_factory=dict)
    version: Annotated[int | None, Field(ge=1, le=MAX_VERSION)] = None


class TemplatePage(Strict):
    """Which templates to list."""

    # Parameters of a query are texts.
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, strict=False)] = 50
    after: str = Field(default="", description="`next` of the page before")


class TemplateSummary(Answer):
    """A template's latest version, without its texts."""

    name: str
    version: int
    channels: list[Channel]
    created_at: datetime = Field(description="when the version was made")


class TemplateList(Answer):
    """A page of templates, by name."""

    templates: list[TemplateSummary]
    next: str | None = Field(description="give it as `after`; null on the last page")


class TemplateAnswer(TemplateSummary):
    """A version of a template."""

    archived_at: datetime | None = Field(description="from then on nothing new is sent by it")
    variables: list[str] = Field(description="that it takes from `data`")
    subject: str | None
    html: str | None
    text: str | None = Field(description="made from `html` if it was not given")
    message: str | None


class VersionSummary(Answer):
    """One version among others."""

    version: int
    created_at: datetime
    archived_at: datetime | None


class TemplateHistory(TemplateAnswer):
    """A template's latest version, and which there are."""

    versions: list[VersionSummary] = Field(description="the latest first, at most 100")


class PreviewSms(Answer):
    """How the SMS would be sent."""

    encoding: str = Field(description="`GSM-7` or `UCS-2`")
    segments: int
    forced_ucs2: list[str] = Field(description="the characters that forced UCS-2")


class PreviewAnswer(Answer):
    """A template, filled."""

    name: str
    version: int
    subject: str | None = None
    html: str | None = None
    text: str | None = None
    message: str | None = None
    sms: PreviewSms | None = Field(default=None, description="if the template has an SMS")


class ArchiveAnswer(Answer):
    """What came of archiving a template."""

    name: str
    archived: int = Field(description="versions that this call has archived")
