"""What the doctor looks at: every check of a stage, and of the account that it is in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from message_tracker.cli.account_checks import AnyCheck, account_checks, check
from message_tracker.core.aws.checkup import archive, email, functions, text
from message_tracker.core.aws.checkup.clients import Clients
from message_tracker.core.aws.checkup.deployment import (
    FUNCTIONS,
    SEND_QUEUES,
    STREAMS,
    Deployment,
    Wanted,
    queues_of,
)
from message_tracker.core.domain.doctor import archive as events
from message_tracker.core.domain.doctor import destinations, foundation, queues
from message_tracker.core.domain.doctor import email as mail
from message_tracker.core.domain.doctor import functions as lambdas
from message_tracker.core.domain.doctor import text as sms
from message_tracker.core.domain.doctor.destinations import Stream
from message_tracker.core.domain.doctor.finding import Finding
from message_tracker.core.domain.doctor.functions import Source
from message_tracker.core.domain.message import Channel

TEXT_CONCURRENCY: Final = 2
"""Of each text queue's mapping; a test compares it with the stack's."""

_PUBLISHERS: Final = {
    Channel.EMAIL: "TrackingEmailPublisher",
    Channel.TEXT: "TrackingTextPublisher",
}
_WRITERS: Final = {
    Channel.EMAIL: "ArchiveEmailEventsS3Dest",
    Channel.TEXT: "ArchiveTextEventsS3Dest",
}
# Where the archive keeps each channel's events: its writer may write nowhere else.
_KEPT_BELOW: Final = {Channel.EMAIL: "events/ses/", Channel.TEXT: "events/sms/"}


@dataclass(frozen=True, slots=True)
class Checklist:
    """The checks of one stage, by what is known of it."""

    clients: Clients
    now: datetime
    found: Deployment
    wanted: Wanted | None
    identity: str = ""

    def checks(self) -> Iterator[AnyCheck]:
        """Give every check; without a configuration, all that need none."""
        per_second = self.wanted.email_per_second if self.wanted else 0.0
        channels = self.found.channels
        yield from account_checks(self.clients, self.now, per_second, channels)
        yield self._set(self.found.outputs["ReportConfigurationSet"])
        if Channel.EMAIL in channels:
            yield from self._email()
        if Channel.TEXT in channels:
            yield from self._text()
        yield from self._streams()
        yield from self._routes()
        yield from self._roles()
        yield from self._functions()
        yield from self._queues()
        yield from self._secrets()

    def _email(self) -> Iterator[AnyCheck]:
        set_name = self.found.outputs["EmailConfigurationSet"]
        if self.wanted:
            yield self._identity(self.wanted)
        yield self._set(set_name)
        yield check(
            "SES events",
            "ses:GetConfigurationSetEventDestinations",
            partial(email.destinations, self.clients.email, set_name),
            partial(
                destinations.judge_email,
                set_name=set_name,
                stream=self._stream(Channel.EMAIL),
                bus=self.found.arn_of("events", "event-bus/default"),
            ),
            destinations.missing_set("SES events", set_name, self.found.stage),
        )

    def _set(self, name: str) -> AnyCheck:
        subject = f"SES set {name}"
        return check(
            subject,
            "ses:GetConfigurationSet",
            partial(email.configuration_set, self.clients.email, name),
            mail.judge_set,
            destinations.missing_set(subject, name, self.found.stage),
        )

    def _identity(self, wanted: Wanted) -> AnyCheck:
        identities = [wanted.identities[0], self.identity or wanted.identities[1]]
        return check(
            "SES identity",
            "ses:GetEmailIdentity",
            partial(email.identity, self.clients.email, identities),
            mail.judge_identity,
            mail.missing_identity(identities[-1]),
        )

    def _text(self) -> Iterator[AnyCheck]:
        client, stage = self.clients.text, self.found.stage
        set_name = self.found.outputs["TextConfigurationSet"]
        if self.wanted:
            yield from self._origination(self.wanted)
        yield check(
            "SMS events",
            "sms-voice:DescribeConfigurationSets",
            partial(text.configuration_set, client, set_name),
            partial(
                destinations.judge_text,
                stream=self._stream(Channel.TEXT),
            ),
            destinations.missing_set("SMS events", set_name, stage),
        )

    def _origination(self, wanted: Wanted) -> Iterator[AnyCheck]:
        client, stage = self.clients.text, self.found.stage
        yield check(
            "SMS origination",
            "sms-voice:DescribePhoneNumbers",
            partial(text.origination, client, wanted.text_origination),
            partial(
                sms.judge_origination,
                per_second=wanted.text_per_second,
                opt_out_list=wanted.opt_out_list,
                stage=stage,
            ),
            sms.missing_origination(wanted.text_origination, stage),
        )
        yield check(
            "SMS opt-out list",
            "sms-voice:DescribeOptOutLists",
            partial(text.opt_out_list, client, wanted.opt_out_list),
            sms.judge_list,
            sms.missing_list(wanted.opt_out_list),
        )
        yield check(
            "SMS protection",
            "sms-voice:GetProtectConfigurationCountryRuleSet",
            partial(text.protection, client, self.found.outputs["TextConfigurationSet"]),
            partial(sms.judge_protection, countries=wanted.countries),
            sms.no_protection(wanted.countries),
        )

    def _streams(self) -> Iterator[AnyCheck]:
        for channel in self.found.channels:
            name = self.found.outputs[STREAMS[channel]]
            yield check(
                f"stream {name}",
                "firehose:DescribeDeliveryStream",
                partial(archive.stream, self.clients.streams, name),
                partial(
                    events.judge_stream,
                    bucket=self.found.outputs["ArchiveBucket"],
                    stage=self.found.stage,
                ),
                events.missing_stream(name, self.found.stage),
            )
            yield check(
                f"stream {name} freshness",
                "cloudwatch:GetMetricStatistics",
                partial(archive.freshness, self.clients.metrics, name, self.now),
                partial(events.judge_freshness, stream=name),
            )

    def _routes(self) -> Iterator[AnyCheck]:
        bucket = self.found.outputs["ArchiveBucket"]
        yield check(
            "archive notifications",
            "s3:GetBucketNotification",
            partial(archive.notifications, self.clients.buckets, bucket),
            partial(events.judge_notifications, bucket=bucket),
            events.missing_bucket(bucket, self.found.stage),
        )
        for name in self.found.of_kind("AWS::Events::Rule"):
            yield check(
                f"rule {name}",
                "events:DescribeRule",
                partial(archive.rule, self.clients.rules, name),
                events.judge_rule,
                events.missing_rule(f"rule {name}", self.found.stage),
            )
        for name in self.found.of_kind("AWS::Scheduler::Schedule"):
            yield check(
                f"schedule {name}",
                "scheduler:GetSchedule",
                partial(archive.schedule, self.clients.schedules, name),
                events.judge_schedule,
                events.missing_rule(f"schedule {name}", self.found.stage),
            )

    def _roles(self) -> Iterator[AnyCheck]:
        """Check that SES and SMS may write to the streams, and these to the bucket."""
        archive_arn = f"arn:aws:s3:::{self.found.outputs['ArchiveBucket']}"
        for channel in self.found.channels:
            stream = self._stream(channel).arn
            yield from self._role(_PUBLISHERS[channel], "firehose:PutRecordBatch", stream)
            objects = f"{archive_arn}/{_KEPT_BELOW[channel]}*"
            yield from self._role(_WRITERS[channel], "s3:PutObject", objects)

    def _role(self, logical_id: str, action: str, resource: str) -> Iterator[AnyCheck]:
        role = self.found.role(logical_id)
        if role is None:  # a stage without SMS events has no publisher of them
            return
        subject = f"role {role.rpartition('/')[2]}"
        yield check(
            subject,
            "iam:SimulatePrincipalPolicy",
            partial(archive.permission, self.clients.roles, role, action, resource),
            partial(events.judge_permission, stage=self.found.stage),
            events.missing_role(subject, self.found.stage),
        )

    def _functions(self) -> Iterator[AnyCheck]:
        outputs, client = self.found.outputs, self.clients.functions
        for name in (outputs[f"{each}Function"] for each in FUNCTIONS):
            yield check(
                f"function {name}",
                "lambda:GetFunctionConfiguration",
                partial(functions.function, client, name),
                partial(lambdas.judge_function, stage=self.found.stage),
                lambdas.missing_function(name, self.found.stage),
            )
        for function, sources in self._sources():
            yield check(
                f"mappings of {function}",
                "lambda:ListEventSourceMappings",
                partial(functions.mappings, client, function),
                partial(lambdas.judge_mappings, sources=sources, function=function),
            )

    def _sources(self) -> Iterator[tuple[str, Sequence[Source]]]:
        outputs = self.found.outputs
        sent_by = [name for channel in self.found.channels for name in SEND_QUEUES[channel]]
        yield outputs["SenderFunction"], [self._source(each) for each in sent_by]
        yield outputs["EventProcessorFunction"], [self._source("Events")]
        yield outputs["WebhookDispatcherFunction"], [self._source("Webhooks")]
        letters = [self._source(each, "-dlq") for each in queues_of(self.found.channels)]
        yield outputs["DeadLetterReaderFunction"], letters

    def _source(self, queue: str, ending: str = "") -> Source:
        name = self.found.outputs[f"{queue}QueueUrl"].rpartition("/")[2] + ending
        is_text = queue in SEND_QUEUES[Channel.TEXT] and not ending
        return Source(name, self.found.arn_of("sqs", name), TEXT_CONCURRENCY if is_text else None)

    def _queues(self) -> Iterator[AnyCheck]:
        names = queues_of(self.found.channels)
        for url in (self.found.outputs[f"{each}QueueUrl"] for each in names):
            name = url.rpartition("/")[2]
            yield check(
                f"queue {name}",
                "sqs:GetQueueAttributes",
                partial(functions.queue, self.clients.queues, url),
                partial(queues.judge_queue, stage=self.found.stage),
                queues.missing_queue(name, self.found.stage),
            )

    def _secrets(self) -> Iterator[AnyCheck]:
        name = self.found.outputs["DatabaseSecret"]
        yield self._secret("database secret", name, foundation.missing_database_secret(name))
        for arn in self.found.of_kind("AWS::SecretsManager::Secret"):
            subject = f"secret {arn.rpartition(':')[2]}"
            yield self._secret(subject, arn, foundation.missing_secret(subject, self.found.stage))

    def _secret(self, subject: str, name: str, missing: Finding) -> AnyCheck:
        return check(
            subject,
            "secretsmanager:DescribeSecret",
            partial(functions.secret, self.clients.secrets, name),
            partial(foundation.judge_secret, subject=subject, name=name),
            missing,
        )

    def _stream(self, channel: Channel) -> Stream:
        found, name = self.found, self.found.outputs[STREAMS[channel]]
        arn = found.arn_of("firehose", f"deliverystream/{name}")
        return Stream(arn, found.role(_PUBLISHERS[channel]))
