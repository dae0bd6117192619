"""What webhooks are asked and answered."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from message_tracker.api.models.answer import Answer, Query
from message_tracker.core.domain.validation import Moment, Strict, Written, one_line
from message_tracker.core.domain.webhooks.callback import ALL, CallbackType
from message_tracker.core.domain.webhooks.target import MAX_URL

_TYPES: Final = frozenset(CallbackType) - {CallbackType.TEST}


def _known_types(types: list[str]) -> list[str]:
    if ALL in types:
        return [ALL]
    if not types:
        raise ValueError(f'is empty: name types, or ["{ALL}"] for all')
    if unknown := sorted(set(types) - _TYPES):
        raise ValueError(
            f"names {unknown[0][:50]!r}, which is no type of callback: take of"
            f" {', '.join(sorted(_TYPES))}, or {ALL!r} for all"
        )
    return sorted(set(types))


Url = Annotated[str, Field(min_length=1, max_length=MAX_URL, description="https://…")]
Types = Annotated[
    list[str],
    AfterValidator(_known_types),
    Field(description='types of callbacks, see docs/callbacks.md; `["*"]` for all'),
]
Description = Annotated[
    str, Field(max_length=200, description="for people"), AfterValidator(one_line)
]


class WebhookRequest(Strict):
    """A webhook to be added."""

    url: Url
    types: Types
    description: Description | None = None


class WebhookChange(Strict):
    """What is to be changed of a webhook; what is left out stays."""

    url: Url | None = None
    types: Types | None = None
    description: Description | None = None
    is_enabled: bool | None = None


class ReplayRequest(Strict):
    """What is to be called once more: one delivery, or those since a time."""

    callback_id: Annotated[UUID, Written] | None = None
    since: Moment | None = Field(default=None, description="when they were written, or later")
    with_delivered: bool = Field(
        default=False, description="also those that were delivered, not only those given up"
    )

    @model_validator(mode="after")
    def _names_one_or_since(self) -> Self:
        if (self.callback_id is None) == (self.since is None):
            raise ValueError("must have either `callback_id` or `since`")
        return self

    @property
    def one(self) -> UUID:
        """The one delivery; only where there is no `since`."""
        if self.callback_id is None:
            raise LookupError("deliveries since a time are asked for, not one")
        return self.callback_id


class DeliveriesQuery(Query):
    """Which page of the log."""

    limit: Annotated[int, Field(ge=1, le=200, description="deliveries on a page")] = 50
    before: Annotated[UUID | None, Field(description="`next` of the page before")] = None


class WebhookAnswer(Answer):
    """A webhook, without its secret."""

    webhook_id: UUID
    url: str
    types: list[str]
    description: str | None
    is_enabled: bool
    created_at: datetime
    failing_since: datetime | None = Field(description="null: its last answer was good")
    disabled_at: datetime | None
    disabled_because: str | None
    previous_secret_until: datetime | None = Field(
        description="until then the secret before the last rotation signs as well"
    )


class WebhooksAnswer(Answer):
    """Every webhook, the oldest first."""

    webhooks: list[WebhookAnswer]


class WebhookSecretAnswer(WebhookAnswer):
    """A webhook with its secret, which is shown this once."""

    secret: str = Field(description="`whsec_…`")


class RemovedAnswer(Answer):
    """The webhook is gone."""

    webhook_id: UUID


class TriedAnswer(Answer):
    """The endpoint is called within seconds; the log of deliveries tells what it answered."""

    callback_id: UUID


class ReplayAnswer(Answer):
    """They are called within seconds."""

    replayed: int = Field(description="at most 10,000; ask again for more")


class DeliveryState(StrEnum):
    """What came of a callback."""

    WAITING = "waiting"  # to be called, or to be called again
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class DeliveryAnswer(Answer):
    """A callback in a webhook's log; what is told of the answer is of the last try."""

    callback_id: UUID = Field(description="the header `webhook-id`")
    sequence: int
    type: str
    message_id: UUID | None = Field(description="null: a test")
    state: DeliveryState
    occurred_at: datetime
    created_at: datetime
    due_at: datetime | None = Field(description="when it is called next")
    attempts: int
    attempted_at: datetime | None
    delivered_at: datetime | None
    answer_status: int | None = Field(description="of HTTP; null: there was no answer")
    latency_ms: int | None
    error: str | None = Field(description="why there was no answer")


class DeliveriesAnswer(Answer):
    """A page of a webhook's log, the latest first."""

    deliveries: list[DeliveryAnswer]
    next: UUID | None = Field(description="the next page's `before`; null: there is none")
