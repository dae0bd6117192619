"""What the doctor looks at: every check of an account, and of a stage in it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from message_tracker.core.aws.checkup import archive, email, functions, text
from message_tracker.core.aws.checkup.clients import Clients
from message_tracker.core.aws.checkup.deployment import FUNCTIONS, QUEUES, Deployment, Wanted
from message_tracker.core.aws.checkup.reading import guarded
from message_tracker.core.domain.doctor import archive as events
from message_tracker.core.domain.doctor import destinations, foundation, queues
from message_tracker.core.domain.doctor import email as mail
from message_tracker.core.domain.doctor import functions as lambdas
from message_tracker.core.domain.doctor import text as sms
from message_tracker.core.domain.doctor.check import Check, Unread
from message_tracker.core.domain.doctor.destinations import Stream
from message_tracker.core.domain.doctor.finding import Finding
from message_tracker.core.domain.doctor.functions import Source

T = TypeVar("T")
AnyCheck = Check[Any]

TEXT_CONCURRENCY: Final = 2
"""Of each text queue's mapping; a test compares it with the stack's."""

_SEND_QUEUES: Final = ("Email", "EmailBulk", "Text", "TextBulk")


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
        yield from account_checks(self.clients, self.now, per_second)
        if self.wanted:
            yield from self._configured(self.wanted)
        yield from self._email()
        yield from self._text()
        yield from self._streams()
        yield from self._routes()
        yield from self._roles()
        yield from self._functions()
        yield from self._queues()
        yield from self._secrets()

    def _email(self) -> Iterator[AnyCheck]:
        client, outputs = self.clients.email, self.found.outputs
        for name in (outputs["EmailConfigurationSet"], outputs["ReportConfigurationSet"]):
            subject = f"SES set {name}"
            yield _check(
                subject,
                "ses:GetConfigurationSet",
                partial(email.configuration_set, client, name),
                mail.judge_set,
                destinations.missing_set(subject, name, self.found.stage),
            )
        set_name = outputs["EmailConfigurationSet"]
        yield _check(
            "SES events",
            "ses:GetConfigurationSetEventDestinations",
            partial(email.destinations, client, set_name),
            partial(
                destinations.judge_email,
                set_name=set_name,
                stream=self._stream("EmailEventsStream", "TrackingEmailPublisher"),
                bus=self.found.arn_of("events", "event-bus/default"),
            ),
            destinations.missing_set("SES events", set_name, self.found.stage),
        )

    def _text(self) -> Iterator[AnyCheck]:
        client, stage = self.clients.text, self.found.stage
        set_name = self.found.outputs["TextConfigurationSet"]
        yield _check(
            "SMS events",
            "sms-voice:DescribeConfigurationSets",
            partial(text.configuration_set, client, set_name),
            partial(
                destinations.judge_text,
                stream=self._stream("TextEventsStream", "TrackingTextPublisher"),
            ),
            destinations.missing_set("SMS events", set_name, stage),
        )

    def _configured(self, wanted: Wanted) -> Iterator[AnyCheck]:
        """Check what the configuration names, or limits."""
        client, stage = self.clients.text, self.found.stage
        identities = [wanted.identities[0], self.identity or wanted.identities[1]]
        yield _check(
            "SES identity",
            "ses:GetEmailIdentity",
            partial(email.identity, self.clients.email, identities),
            mail.judge_identity,
            mail.missing_identity(identities[-1]),
        )
        yield _check(
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
        yield _check(
            "SMS opt-out list",
            "sms-voice:DescribeOptOutLists",
            partial(text.opt_out_list, client, wanted.opt_out_list),
            sms.judge_list,
            sms.missing_list(wanted.opt_out_list),
        )
        yield _check(
            "SMS protection",
            "sms-voice:GetProtectConfigurationCountryRuleSet",
            partial(text.protection, client, self.found.outputs["TextConfigurationSet"]),
            partial(sms.judge_protection, countries=wanted.countries),
            sms.no_protection(wanted.countries),
        )

    def _streams(self) -> Iterator[AnyCheck]:
        for output in ("EmailEventsStream", "TextEventsStream"):
            name = self.found.outputs[output]
            yield _check(
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
            yield _check(
                f"stream {name} freshness",
                "cloudwatch:GetMetricStatistics",
                partial(archive.freshness, self.clients.metrics, name, self.now),
                partial(events.judge_freshness, stream=name),
            )

    def _routes(self) -> Iterator[AnyCheck]:
        bucket = self.found.outputs["ArchiveBucket"]
        yield _check(
            "archive notifications",
            "s3:GetBucketNotification",
            partial(archive.notifications, self.clients.buckets, bucket),
            partial(events.judge_notifications, bucket=bucket),
            events.missing_bucket(bucket, self.found.stage),
        )
        for name in self.found.of_kind("AWS::Events::Rule"):
            yield _check(
                f"rule {name}",
                "events:DescribeRule",
                partial(archive.rule, self.clients.rules, name),
                events.judge_rule,
                events.missing_rule(f"rule {name}", self.found.stage),
            )
        for name in self.found.of_kind("AWS::Scheduler::Schedule"):
            yield _check(
                f"schedule {name}",
                "scheduler:GetSchedule",
                partial(archive.schedule, self.clients.schedules, name),
                events.judge_schedule,
                events.missing_rule(f"schedule {name}", self.found.stage),
            )

    def _roles(self) -> Iterator[AnyCheck]:
        """Check that SES and SMS may write to the streams, and these to the bucket."""
        objects = f"arn:aws:s3:::{self.found.outputs['ArchiveBucket']}/events/*"
        for output, publisher, writer in (
            ("EmailEventsStream", "TrackingEmailPublisher", "ArchiveEmailEventsS3Dest"),
            ("TextEventsStream", "TrackingTextPublisher", "ArchiveTextEventsS3Dest"),
        ):
            stream = self._stream(output, publisher)
            yield from self._role(publisher, "firehose:PutRecordBatch", stream.arn)
            yield from self._role(writer, "s3:PutObject", objects)

    def _role(self, logical_id: str, action: str, resource: str) -> Iterator[AnyCheck]:
        role = self.found.role(logical_id)
        if role is None:  # a stage without SMS events has no publisher of them
            return
        subject = f"role {role.rpartition('/')[2]}"
        yield _check(
            subject,
            "iam:SimulatePrincipalPolicy",
            partial(archive.permission, self.clients.roles, role, action, resource),
            partial(events.judge_permission, stage=self.found.stage),
            events.missing_role(subject, self.found.stage),
        )

    def _functions(self) -> Iterator[AnyCheck]:
        outputs, client = self.found.outputs, self.clients.functions
        for name in (outputs[f"{each}Function"] for each in FUNCTIONS):
            yield _check(
                f"function {name}",
                "lambda:GetFunctionConfiguration",
                partial(functions.function, client, name),
                partial(lambdas.judge_function, stage=self.found.stage),
                lambdas.missing_function(name, self.found.stage),
            )
        for function, sources in self._sources():
            yield _check(
                f"mappings of {function}",
                "lambda:ListEventSourceMappings",
                partial(functions.mappings, client, function),
                partial(lambdas.judge_mappings, sources=sources, function=function),
            )

    def _sources(self) -> Iterator[tuple[str, Sequence[Source]]]:
        outputs = self.found.outputs
        yield outputs["SenderFunction"], [self._source(each) for each in _SEND_QUEUES]
        yield outputs["EventProcessorFunction"], [self._source("Events")]
        yield outputs["WebhookDispatcherFunction"], [self._source("Webhooks")]
        letters = [self._source(each, "-dlq") for each in QUEUES]
        yield outputs["DeadLetterReaderFunction"], letters

    def _source(self, queue: str, ending: str = "") -> Source:
        name = self.found.outputs[f"{queue}QueueUrl"].rpartition("/")[2] + ending
        is_text = queue in ("Text", "TextBulk") and not ending
        return Source(name, self.found.arn_of("sqs", name), TEXT_CONCURRENCY if is_text else None)

    def _queues(self) -> Iterator[AnyCheck]:
        for url in (self.found.outputs[f"{each}QueueUrl"] for each in QUEUES):
            name = url.rpartition("/")[2]
            yield _check(
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
        return _check(
            subject,
            "secretsmanager:DescribeSecret",
            partial(functions.secret, self.clients.secrets, name),
            partial(foundation.judge_secret, subject=subject, name=name),
            missing,
        )

    def _stream(self, output: str, publisher: str) -> Stream:
        found, name = self.found, self.found.outputs[output]
        return Stream(found.arn_of("firehose", f"deliverystream/{name}"), found.role(publisher))


def account_checks(
    clients: Clients, now: datetime, email_per_second: float = 0.0
) -> Iterator[AnyCheck]:
    """Give the checks of the account that need no stage, but for the rate that it wants."""
    yield _check(
        "SES account",
        "ses:GetAccount",
        partial(email.account, clients.email),
        partial(mail.judge_account, per_second=email_per_second),
    )
    yield _check(
        "SMS spend limit",
        "sms-voice:DescribeSpendLimits",
        partial(text.spending, clients.text, clients.metrics, now),
        sms.judge_spending,
    )
    yield _check(
        "SMS sandbox",
        "sms-voice:DescribeAccountAttributes",
        partial(text.tier, clients.text),
        sms.judge_tier,
    )


def _check(
    subject: str,
    permission: str,
    read: Callable[[], T | None],
    judge: Callable[[T], Iterable[Finding]],
    missing: Finding | None = None,
) -> Check[T]:
    guarded_read: Callable[[], T | Unread | None] = guarded(permission, read)
    return Check(subject, guarded_read, judge, missing)
