"""The account's side of the twin: events reach it as AWS' services publish them."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, assert_never

import boto3

from message_tracker.core.domain.message import Channel
from message_tracker.local.clients import ACCOUNT, REGION, client_options
from message_tracker.local.twin.bus import EventBus
from message_tracker.local.twin.publication import ProviderEvent, Route
from message_tracker.local.twin.streams import DeliveryStreams

if TYPE_CHECKING:
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef

# EventBridge Events Reference, "Amazon SES events".
SES_DETAIL_TYPES: Final[Mapping[str, str]] = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
    "Open": "Email Opened",
    "Click": "Email Clicked",
    "Rendering Failure": "Email Rendering Failed",
    "DeliveryDelay": "Email Delivery Delayed",
    "Subscription": "Email Subscribed",
}
SMS_DETAIL_TYPE: Final = "Text Message Delivery Status Updated"


class AccountSink:
    """Delivers events to an account's delivery streams and to its default event bus."""

    def __init__(
        self, endpoint_url: str, *, streams: Mapping[Channel, str], interval_seconds: float
    ) -> None:
        options = client_options(endpoint_url)
        self.streams = DeliveryStreams(
            boto3.client("firehose", **options),
            boto3.client("s3", **options),
            interval_seconds=interval_seconds,
        )
        self._bus = EventBus(boto3.client("events", **options))
        self._stream_of = streams

    def start(self) -> None:
        """Begin to deliver."""
        self.streams.start()
        self._bus.start()

    def stop(self) -> None:
        """Deliver what was taken, and no more."""
        self._bus.stop()
        self.streams.stop()

    def waiting(self) -> int:
        """Return how many events were taken and have not reached the account."""
        return self._bus.waiting() + self.streams.buffered()

    def deliver(self, event: ProviderEvent, route: Route) -> None:
        """Take one event."""
        match route:
            case Route.STREAM:
                self.streams.put(self._stream_of[event.channel], _record(event))
            case Route.BUS:
                self._bus.put(_entry(event))
            case _:
                assert_never(route)


def _record(event: ProviderEvent) -> bytes:
    """Return the stream's record: SES ends each with a newline, SMS is not documented to."""
    end = "\n" if event.channel is Channel.EMAIL else ""
    return (json.dumps(event.bodies[Route.STREAM], separators=(",", ":")) + end).encode()


def _entry(event: ProviderEvent) -> "PutEventsRequestEntryTypeDef":
    """Return the bus' entry for the event."""
    body = event.bodies[Route.BUS]
    is_email = event.channel is Channel.EMAIL
    return {
        "Time": event.occurred_at,
        "Source": "aws.ses" if is_email else "aws.sms-voice",
        "DetailType": SES_DETAIL_TYPES[event.event_type] if is_email else SMS_DETAIL_TYPE,
        "Resources": _configuration_sets(body) if is_email else [],
        "Detail": json.dumps(body, separators=(",", ":")),
    }


def _configuration_sets(body: Mapping[str, Any]) -> list[str]:
    names = body["mail"]["tags"]["ses:configuration-set"]
    return [f"arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{name}" for name in names]
