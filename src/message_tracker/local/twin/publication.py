"""Provider events on their way: by which route they go, and who takes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from message_tracker.core.domain.message import Channel


class Route(StrEnum):
    """How an event reaches the account."""

    STREAM = "stream"  # event destination: Firehose, then S3
    BUS = "bus"  # EventBridge's default bus


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One event as a provider publishes it; the bodies of the two routes may differ."""

    channel: Channel
    event_type: str  # the provider's word: `Bounce`, `TEXT_DELIVERED`
    message_id: str  # of our own, for weather that is the same in every run
    configuration_set: str  # whose event destinations get it; empty if the call named none
    occurred_at: datetime
    after_seconds: float  # since the message was accepted
    bodies: Mapping[Route, Mapping[str, Any]]


class Subscriptions(Protocol):
    """Knows which events of a provider the account is subscribed to at the moment."""

    def want(self, event: ProviderEvent, route: Route) -> bool:
        """Whether an event that happens now is published by the route."""
        ...


class EventSink(Protocol):
    """Takes the events when they are due. Called from one thread at a time."""

    def deliver(self, event: ProviderEvent, route: Route) -> None:
        """Take one event; returns at once."""
        ...


class NoSink:
    """Forgets the events: for a twin that only keeps an inbox."""

    def deliver(self, event: ProviderEvent, route: Route) -> None:
        """Forget the event."""
