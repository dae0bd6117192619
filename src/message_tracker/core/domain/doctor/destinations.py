"""Event destinations: that every event of SES and SMS is published where it is read.

Firehose into the archive is the source of truth; what SES says of failures also goes to
EventBridge, the fast path, and all the rest of it where the stage asks for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import Field

from message_tracker.core.domain.doctor.finding import (
    AwsCall,
    Finding,
    Severity,
    Shell,
    verdict,
)
from message_tracker.core.domain.doctor.observed import Observed

EMAIL_EVENT_TYPES: Final = (
    "SEND",
    "REJECT",
    "BOUNCE",
    "COMPLAINT",
    "DELIVERY",
    "OPEN",
    "CLICK",
    "RENDERING_FAILURE",
    "DELIVERY_DELAY",
    "SUBSCRIPTION",
)
"""Every type of event that SES publishes, as its API spells them."""

FAST_EVENT_TYPES: Final = ("REJECT", "BOUNCE", "COMPLAINT", "RENDERING_FAILURE", "SUBSCRIPTION")
"""Those that a stage hears of by EventBridge too, whatever its configuration."""

_ALL_TEXT: Final = frozenset({"ALL", "TEXT_ALL"})
_SES: Final = "sesv2"
_SMS: Final = "pinpoint-sms-voice-v2"


class ToFirehose(Observed):
    """A delivery stream, and the role that writes to it."""

    iam_role_arn: str
    delivery_stream_arn: str


class ToEventBridge(Observed):
    """An event bus."""

    event_bus_arn: str


class EmailDestination(Observed):
    """One destination of SES v2 GetConfigurationSetEventDestinations."""

    name: str
    enabled: bool = False
    matching_event_types: tuple[str, ...] = ()
    to_firehose: ToFirehose | None = Field(default=None, alias="KinesisFirehoseDestination")
    to_event_bridge: ToEventBridge | None = Field(default=None, alias="EventBridgeDestination")


class TextDestination(Observed):
    """One destination of a configuration set of End User Messaging SMS."""

    event_destination_name: str
    enabled: bool = False
    matching_event_types: tuple[str, ...] = ()
    to_firehose: ToFirehose | None = Field(default=None, alias="KinesisFirehoseDestination")


class TextSet(Observed):
    """One set of DescribeConfigurationSets."""

    configuration_set_name: str
    event_destinations: tuple[TextDestination, ...] = ()
    protect_configuration_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """The delivery stream of a provider's events, and the role by which it publishes there."""

    arn: str
    publisher: str | None


def judge_email(
    destinations: Sequence[EmailDestination], set_name: str, stream: Stream, bus: str
) -> Iterator[Finding]:
    """Judge whether both routes of SES' events are there, on, and carry what they should.

    Args:
        destinations: of the configuration set.
        set_name: the set's name.
        stream: where the archive's events go.
        bus: ARN of the event bus that is listened to.
    """
    to_archive = [
        one for one in destinations if one.to_firehose and _is_stream(one.to_firehose, stream)
    ]
    to_bus = [
        one
        for one in destinations
        if one.to_event_bridge and one.to_event_bridge.event_bus_arn == bus
    ]
    firehose: dict[str, object] = {
        "KinesisFirehoseDestination": {
            "IamRoleArn": stream.publisher or "<the role that SES writes by>",
            "DeliveryStreamArn": stream.arn,
        }
    }
    event_bus: dict[str, object] = {"EventBridgeDestination": {"EventBusArn": bus}}
    archive = _Wanted(set_name, "archive", EMAIL_EVENT_TYPES, firehose)
    fast = _Wanted(set_name, "event-bridge", FAST_EVENT_TYPES, event_bus)
    yield _email_route("SES events to Firehose", to_archive, archive)
    yield _email_route("SES events to EventBridge", to_bus, fast)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A destination as it should be."""

    set_name: str
    name: str
    event_types: Sequence[str]
    target: Mapping[str, object]


def _email_route(subject: str, found: Sequence[EmailDestination], wanted: _Wanted) -> Finding:
    best = max(found, key=_email_worth, default=None)
    if best is None:
        says = f"configuration set {wanted.set_name} has no such destination: these events are lost"
        return Finding(Severity.FAIL, subject, says, _put_email("Create", wanted))
    missing = [one for one in wanted.event_types if one not in best.matching_event_types]
    # The role in use stays: it may be another than the stack's, and work.
    kept = (
        {"KinesisFirehoseDestination": best.to_firehose.model_dump(by_alias=True)}
        if best.to_firehose
        else wanted.target
    )
    return verdict(
        subject,
        holds=best.enabled and not missing,
        says=f"{best.name}: every type of event that is needed",
        otherwise=f"{best.name} leaves out {', '.join(missing)}"
        if best.enabled
        else f"{best.name} is off: its events are lost",
        fix=_put_email("Update", replace(wanted, name=best.name, target=kept)),
    )


def _email_worth(destination: EmailDestination) -> tuple[bool, int]:
    return destination.enabled, len(destination.matching_event_types)


def _put_email(verb: str, wanted: _Wanted) -> AwsCall:
    return AwsCall(
        _SES,
        f"{verb}ConfigurationSetEventDestination",
        {
            "ConfigurationSetName": wanted.set_name,
            "EventDestinationName": wanted.name,
            "EventDestination": {
                "Enabled": True,
                "MatchingEventTypes": list(wanted.event_types),
                **wanted.target,
            },
        },
    )


def judge_text(found: TextSet, stream: Stream) -> Iterator[Finding]:
    """Judge whether the events of SMS reach the archive, all of them."""
    subject, set_name = "SMS events to Firehose", found.configuration_set_name
    to_archive = [
        one
        for one in found.event_destinations
        if one.to_firehose and _is_stream(one.to_firehose, stream)
    ]
    best = max(to_archive, key=lambda one: (one.enabled, _carries_all(one)), default=None)
    if best is None:
        says = f"configuration set {set_name} has no such destination: these events are lost"
        yield Finding(Severity.FAIL, subject, says, _create_text(set_name, stream))
        return
    yield verdict(
        subject,
        holds=best.enabled and _carries_all(best),
        says=f"{best.event_destination_name}: every type of event",
        otherwise=f"{best.event_destination_name} carries {', '.join(best.matching_event_types)}"
        " only: TEXT_ALL is needed"
        if best.enabled
        else f"{best.event_destination_name} is off: its events are lost",
        fix=AwsCall(
            _SMS,
            "UpdateEventDestination",
            {
                "ConfigurationSetName": set_name,
                "EventDestinationName": best.event_destination_name,
                "Enabled": True,
                "MatchingEventTypes": ["TEXT_ALL"],
            },
        ),
    )


def missing_set(subject: str, name: str, stage: str) -> Finding:
    """Return what to do where a configuration set is not there."""
    says = f"there is no configuration set {name}: sending is refused"
    return Finding(Severity.FAIL, subject, says, Shell(f"make deploy STAGE={stage}"))


def _carries_all(destination: TextDestination) -> bool:
    return not _ALL_TEXT.isdisjoint(destination.matching_event_types)


def _create_text(set_name: str, stream: Stream) -> AwsCall:
    return AwsCall(
        _SMS,
        "CreateEventDestination",
        {
            "ConfigurationSetName": set_name,
            "EventDestinationName": "archive",
            "MatchingEventTypes": ["TEXT_ALL"],
            "KinesisFirehoseDestination": {
                "IamRoleArn": stream.publisher or "<the role that SMS writes by>",
                "DeliveryStreamArn": stream.arn,
            },
        },
    )


def _is_stream(found: ToFirehose, stream: Stream) -> bool:
    return found.delivery_stream_arn == stream.arn
