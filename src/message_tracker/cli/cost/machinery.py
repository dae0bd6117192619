"""What a synthesized template says of how a stage works, as far as it costs money.

Only the settings themselves are read, so a change of one shows in the bill without a change here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.domain.message import Channel

Resource = Mapping[str, Any]

_HOURS: Final = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
_LEAST_MEMORY: Final = 128  # of a function that names none
_STREAMS: Final = {Channel.EMAIL: "-ses-events", Channel.TEXT: "-sms-events"}
_ALL_ROUTES_TYPE: Final = "delivery"
_TEXT_SOURCE: Final = "aws.sms-voice"


@dataclass(frozen=True, slots=True)
class Sending:
    """How a channel is sent, and how its events come back."""

    units_per_second: float  # e-mails, or segments
    units_per_chunk: float
    concurrency: int  # of the queue that holds a campaign
    buffer_seconds: float
    buffer_bytes: float
    has_fast_events: bool
    has_all_fast: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What is paid for by the month, however much is sent."""

    alarms: int
    dashboards: int
    secrets: int
    keys: int
    nat_gateways: int
    endpoint_zones: int
    capacity_units: float  # Aurora's least
    event_sources: int
    runs_per_hour: Mapping[str, float]  # by the function's name


@dataclass(frozen=True, slots=True)
class Machinery:
    """A stage's settings."""

    memory_mb: Mapping[str, int]  # by the function's name, after the stage's
    traced: frozenset[str]  # functions that X-Ray records
    log_days: int
    event_batch: int
    event_window_seconds: float
    channels: Mapping[Channel, Sending]
    standing: Standing


def read_machinery(template: Mapping[str, Any]) -> Machinery:
    """Return what a CloudFormation template of ours says.

    Raises:
        ConfigurationFault: it is no template of this application.
    """
    try:
        return _Reader(template["Resources"]).machinery()
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationFault(
            f"this is no template of a stage ({type(error).__name__}: {error}): make one with"
            " `python -m infra.synth --stage prod --without-code`"
        ) from error


class _Reader:
    """Finds things in a template's resources."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self._resources = resources
        self._names = {
            logical_id: str(properties.get("FunctionName", logical_id)).split("-", 3)[-1]
            for logical_id, properties in self._of_type("AWS::Lambda::Function")
        }

    def machinery(self) -> Machinery:
        functions = dict(self._of_type("AWS::Lambda::Function"))
        events = self._source_of("event")
        found = {channel: self._sending(channel) for channel in Channel}
        return Machinery(
            memory_mb={
                self._names[key]: int(each.get("MemorySize", _LEAST_MEMORY))
                for key, each in functions.items()
            },
            traced=frozenset(
                self._names[key]
                for key, each in functions.items()
                if each.get("TracingConfig", {}).get("Mode") == "Active"
            ),
            log_days=max(
                each["RetentionInDays"] for _, each in self._of_type("AWS::Logs::LogGroup")
            ),
            event_batch=int(events["BatchSize"]),
            event_window_seconds=float(events.get("MaximumBatchingWindowInSeconds", 0)),
            channels={channel: each for channel, each in found.items() if each is not None},
            standing=self._standing(),
        )

    def _sending(self, channel: Channel) -> Sending | None:
        """Return how a channel is sent; None for one that the stage does not have."""
        streams = self._of_type("AWS::KinesisFirehose::DeliveryStream")
        hints = [
            each["ExtendedS3DestinationConfiguration"]["BufferingHints"]
            for _, each in streams
            if str(each["DeliveryStreamName"]).endswith(_STREAMS[channel])
        ]
        if not hints:
            return None
        variables = self._variables("sweeper")
        email, text = variables["MT_EMAIL_CHUNK_SIZE"], variables["MT_TEXT_SEGMENTS_PER_SECOND"]
        is_email = channel is Channel.EMAIL
        rate = self._variables("sender")["MT_EMAIL_PER_SECOND"] if is_email else text
        scaling = self._source_of(f"{channel}-bulk")["ScalingConfig"]
        return Sending(
            units_per_second=float(rate),
            units_per_chunk=float(email) if is_email else max(1, int(float(text))),
            concurrency=int(scaling["MaximumConcurrency"]),
            buffer_seconds=max(1.0, float(hints[0]["IntervalInSeconds"])),
            buffer_bytes=float(hints[0]["SizeInMBs"]) * 2**20,
            has_fast_events=bool(self._fast_events(channel)),
            has_all_fast="all" in self._fast_events(channel),
        )

    def _fast_events(self, channel: Channel) -> set[str]:
        """Return `all` or `some`, as EventBridge brings a channel's events; nothing for none."""
        if channel is Channel.EMAIL:
            types = [
                destination["MatchingEventTypes"]
                for _, each in self._of_type("AWS::SES::ConfigurationSetEventDestination")
                if "EventBridgeDestination" in (destination := each["EventDestination"])
            ]
            return {"all" if _ALL_ROUTES_TYPE in each else "some" for each in types}
        patterns = [each["EventPattern"] for _, each in self._of_type("AWS::Events::Rule")]
        return {
            "some" if "detail" in pattern else "all"
            for pattern in patterns
            if _TEXT_SOURCE in pattern["source"]
        }

    def _standing(self) -> Standing:
        return Standing(
            alarms=self._count("AWS::CloudWatch::Alarm"),
            dashboards=self._count("AWS::CloudWatch::Dashboard"),
            secrets=self._count("AWS::SecretsManager::Secret"),
            keys=self._count("AWS::KMS::Key"),
            nat_gateways=self._count("AWS::EC2::NatGateway"),
            endpoint_zones=sum(
                len(each.get("SubnetIds", ()))
                for _, each in self._of_type("AWS::EC2::VPCEndpoint")
                if each.get("VpcEndpointType") == "Interface"
            ),
            capacity_units=sum(
                float(each["ServerlessV2ScalingConfiguration"]["MinCapacity"])
                for _, each in self._of_type("AWS::RDS::DBCluster")
                if "ServerlessV2ScalingConfiguration" in each
            ),
            event_sources=self._count("AWS::Lambda::EventSourceMapping"),
            runs_per_hour=self._runs_per_hour(),
        )

    def _runs_per_hour(self) -> dict[str, float]:
        runs: dict[str, float] = {}
        for _, schedule in self._of_type("AWS::Scheduler::Schedule"):
            name = self._names.get(_referred(schedule["Target"]["Arn"]), "")
            if name:
                runs[name] = runs.get(name, 0.0) + _per_hour(str(schedule["ScheduleExpression"]))
        return runs

    def _source_of(self, queue: str) -> Resource:
        """Return the event source mapping of the queue whose name ends so."""
        queues = {
            logical_id
            for logical_id, each in self._of_type("AWS::SQS::Queue")
            if re.fullmatch(rf"message-tracker-[a-z0-9]+-{queue}", str(each["QueueName"]))
        }
        [found] = [
            each
            for _, each in self._of_type("AWS::Lambda::EventSourceMapping")
            if _referred(each["EventSourceArn"]) in queues
        ]
        return found

    def _variables(self, function: str) -> Mapping[str, str]:
        [found] = [
            each["Environment"]["Variables"]
            for logical_id, each in self._of_type("AWS::Lambda::Function")
            if self._names[logical_id] == function
        ]
        return dict(found)

    def _count(self, resource_type: str) -> int:
        return sum(1 for _ in self._of_type(resource_type))

    def _of_type(self, resource_type: str) -> Iterator[tuple[str, Resource]]:
        for logical_id, resource in self._resources.items():
            if resource["Type"] == resource_type:
                yield logical_id, resource.get("Properties", {})


def _referred(arn: object) -> str:
    """Return the logical id that a template's reference names; of an alias, its function's."""
    match arn:
        case {"Fn::GetAtt": [str(logical_id), *_]} | {"Ref": str(logical_id)}:
            return logical_id
        case _:
            return ""


def _per_hour(expression: str) -> float:
    """Return how often a schedule runs; whatever cron says, it is at least daily here."""
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate:
        return 1 / (int(rate[1]) * _HOURS[rate[2]])
    return 1 / 24
