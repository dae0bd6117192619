"""Where the providers' events come from: the configuration sets and what they publish to.

Firehose into the archive is the source of truth; EventBridge is the fast path, best effort.
"""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_ses as ses
from aws_cdk import aws_smsvoice as smsvoice
from constructs import Construct

from infra.archive import Archive
from infra.config import StageConfig

# Every type SES has; a test compares them with the service's own list.
_EMAIL_EVENT_TYPES = (
    ses.EmailSendingEvent.SEND,
    ses.EmailSendingEvent.REJECT,
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.DELIVERY,
    ses.EmailSendingEvent.OPEN,
    ses.EmailSendingEvent.CLICK,
    ses.EmailSendingEvent.RENDERING_FAILURE,
    ses.EmailSendingEvent.DELIVERY_DELAY,
    ses.EmailSendingEvent.SUBSCRIPTION,
)
# Where an event destination takes these, SES puts its pixel into mail and leads links through it.
_TRACKING = (ses.EmailSendingEvent.OPEN, ses.EmailSendingEvent.CLICK)
_UNTRACKED = tuple(kind for kind in _EMAIL_EVENT_TYPES if kind not in _TRACKING)
# What somebody, or a group's halt, must know at once; the rest can wait for the archive.
_FAILURES = (
    ses.EmailSendingEvent.REJECT,
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.RENDERING_FAILURE,
    ses.EmailSendingEvent.SUBSCRIPTION,
)


class Tracking(Construct):
    """The configuration sets of e-mail, of text and of reports."""

    def __init__(
        self, scope: Construct, construct_id: str, config: StageConfig, archive: Archive
    ) -> None:
        super().__init__(scope, construct_id)
        self._email = self._email_set("Email", config.name)
        self._publish_email_events(config, archive.email_events)
        self.email_name = self._email.configuration_set_name
        # Reports go by a set of their own, which nothing that happens to the other can pause.
        reports = self._email_set("Reports", f"{config.name}-reports")
        self.reports_name = reports.configuration_set_name
        self.text_name = config.name
        if config.receives_text_events:
            self._text_set(config.name, archive.text_events)

    def _email_set(self, construct_id: str, name: str) -> ses.ConfigurationSet:
        return ses.ConfigurationSet(
            self,
            construct_id,
            configuration_set_name=name,
            reputation_metrics=True,
            suppression_reasons=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
        )

    def _publish_email_events(self, config: StageConfig, stream: firehose.DeliveryStream) -> None:
        name = config.name
        role = self._publisher("EmailPublisher", "ses", name, stream)
        to_archive = ses.ConfigurationSetEventDestination(
            self,
            "EmailToArchive",
            configuration_set=self._email,
            configuration_set_event_destination_name="archive",
            destination=ses.EventDestination.firehose_delivery_stream(
                delivery_stream=stream, role=role
            ),
            events=_event_types(config),
        )
        to_archive.node.add_dependency(role)  # SES tries the role when it is named
        ses.ConfigurationSetEventDestination(
            self,
            "EmailToEventBridge",
            configuration_set=self._email,
            configuration_set_event_destination_name="event-bridge",
            destination=ses.EventDestination.event_bus(
                events.EventBus.from_event_bus_name(self, "DefaultBus", "default")
            ),
            events=_fast_types(config),
        )

    def _text_set(self, name: str, stream: firehose.DeliveryStream) -> None:
        role = self._publisher("TextPublisher", "sms-voice", name, stream)
        text_set = smsvoice.CfnConfigurationSet(
            self,
            "Text",
            configuration_set_name=name,
            event_destinations=[
                smsvoice.CfnConfigurationSet.EventDestinationProperty(
                    event_destination_name="archive",
                    enabled=True,
                    matching_event_types=["TEXT_ALL"],
                    kinesis_firehose_destination=(
                        smsvoice.CfnConfigurationSet.KinesisFirehoseDestinationProperty(
                            delivery_stream_arn=stream.delivery_stream_arn,
                            iam_role_arn=role.role_arn,
                        )
                    ),
                )
            ],
        )
        text_set.node.add_dependency(role)
        self.text_name = text_set.ref

    def _publisher(
        self, construct_id: str, service: str, set_name: str, stream: firehose.DeliveryStream
    ) -> iam.Role:
        """Return a role by which that configuration set, and no other, writes to `stream`."""
        stack = Stack.of(self)
        role = iam.Role(
            self,
            construct_id,
            assumed_by=iam.ServicePrincipal(
                f"{service}.amazonaws.com",
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": stack.account,
                        "aws:SourceArn": stack.format_arn(
                            service=service, resource="configuration-set", resource_name=set_name
                        ),
                    }
                },
            ),
        )
        stream.grant_put_records(role)
        return role


def _event_types(config: StageConfig) -> list[ses.EmailSendingEvent]:
    wanted = _EMAIL_EVENT_TYPES if config.tracking == "ses" else _UNTRACKED
    return list(wanted)


def _fast_types(config: StageConfig) -> list[ses.EmailSendingEvent]:
    return _event_types(config) if config.fast_events == "all" else list(_FAILURES)
