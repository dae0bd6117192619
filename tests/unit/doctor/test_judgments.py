"""What the doctor says of a thing in order, and of each fault; every command it prints is one."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import StringShape
from botocore.validate import ParamValidator

from message_tracker.core.domain.doctor import archive, destinations, foundation, queues, text
from message_tracker.core.domain.doctor import email as mail
from message_tracker.core.domain.doctor import functions as lambdas
from message_tracker.core.domain.doctor.finding import AwsCall, Finding, Severity, Shell, kebab

PASS, WARN, FAIL = Severity.PASS, Severity.WARN, Severity.FAIL
STREAM = destinations.Stream(
    "arn:aws:firehose:eu-west-1:1:deliverystream/s", "arn:aws:iam::1:role/p"
)
BUS = "arn:aws:events:eu-west-1:1:event-bus/default"
QUEUE_ARN = "arn:aws:sqs:eu-west-1:1:text"
LETTERS_ARN = "arn:aws:sqs:eu-west-1:1:text-dlq"
QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/1/text"
SOURCE = lambdas.Source("text", QUEUE_ARN, 2)

Judged = Iterable[Finding]


def account(rate: float = 14, sent: float = 0, **changed: Any) -> Judged:  # noqa: ANN401 - members
    answer: dict[str, Any] = {
        "SendQuota": {"Max24HourSend": 50_000, "MaxSendRate": rate, "SentLast24Hours": sent},
        "SendingEnabled": True,
        "ProductionAccessEnabled": True,
        "EnforcementStatus": "HEALTHY",
    }
    return mail.judge_account(mail.EmailAccount.model_validate(answer | changed), 14)


def limited(most: float) -> Judged:
    quota = {"Max24HourSend": most, "MaxSendRate": 14, "SentLast24Hours": 10}
    return account(SendQuota=quota)


def identity(
    name: str = "example.com",
    *,
    is_verified: bool = True,
    signs: bool = True,
    dkim: str = "SUCCESS",
) -> Judged:
    answer = {
        "Name": name,
        "VerifiedForSendingStatus": is_verified,
        "DkimAttributes": {"SigningEnabled": signs, "Status": dkim, "Tokens": ["one", "two"]},
    }
    return mail.judge_identity(mail.EmailIdentity.model_validate(answer))


def email_set(*, sends: bool) -> Judged:
    options = {"ConfigurationSetName": "set", "SendingOptions": {"SendingEnabled": sends}}
    return mail.judge_set(mail.EmailSet.model_validate(options))


def email_events(
    *names: str, is_on: bool = True, types: Iterable[str] = destinations.EMAIL_EVENT_TYPES
) -> Judged:
    common = {"Enabled": is_on, "MatchingEventTypes": list(types)}
    to_stream = {"IamRoleArn": "arn:aws:iam::1:role/other", "DeliveryStreamArn": STREAM.arn}
    known = {
        "archive": {"KinesisFirehoseDestination": to_stream},
        "event-bridge": {"EventBridgeDestination": {"EventBusArn": BUS}},
    }
    found = [
        destinations.EmailDestination.model_validate({"Name": name, **common, **known[name]})
        for name in names
    ]
    return destinations.judge_email(found, "set", STREAM, BUS)


def text_events(*types: str, is_on: bool = True, arn: str = STREAM.arn) -> Judged:
    destination = {
        "EventDestinationName": "archive",
        "Enabled": is_on,
        "MatchingEventTypes": list(types),
        "KinesisFirehoseDestination": {"IamRoleArn": "r", "DeliveryStreamArn": arn},
    }
    found = {"ConfigurationSetName": "set", "EventDestinations": [destination]}
    return destinations.judge_text(destinations.TextSet.model_validate(found), STREAM)


def origination(
    kind: str = "phone-number",
    status: str = "ACTIVE",
    opt_outs: str | None = "Default",
    rate: int | None = 45,
) -> Judged:
    found = text.Origination(kind, "phone-1", status, opt_outs, rate)
    return text.judge_origination(found, 45, "Default", "dev")


def spending(spent: float | None, enforced: int = 100, most: int = 100) -> Judged:
    limit = text.SpendLimit(name="x", enforced_limit=enforced, max_limit=most)
    return text.judge_spending(text.Spending(limit, spent))


def protection(status: str) -> Judged:
    rules = {"US": text.CountryRule(protect_status=status)}
    return text.judge_protection(text.Protection("protect-1", rules), ["US", "CA"])


def stream(status: str = "ACTIVE", bucket: str = "archive") -> Judged:
    answer = {
        "DeliveryStreamName": "s",
        "DeliveryStreamARN": STREAM.arn,
        "DeliveryStreamStatus": status,
        "Destinations": [
            {"ExtendedS3DestinationDescription": {"BucketARN": f"arn:aws:s3:::{bucket}"}}
        ],
    }
    return archive.judge_stream(archive.DeliveryStream.model_validate(answer), "archive", "dev")


def notifications(**answer: object) -> Judged:
    return archive.judge_notifications(archive.Notifications.model_validate(answer), "archive")


def rule(state: str) -> Judged:
    return archive.judge_rule(archive.Rule(name="r", state=state))


def schedule(state: str) -> Judged:
    answer = {
        "Name": "s",
        "State": state,
        "ScheduleExpression": "rate(1 minute)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": "arn:aws:lambda:f", "RoleArn": "arn:aws:iam::1:role/scheduler"},
    }
    return archive.judge_schedule(archive.Schedule.model_validate(answer))


def permission(*, is_allowed: bool) -> Judged:
    role = archive.Permission(
        "arn:aws:iam::1:role/publisher", "firehose:PutRecordBatch", STREAM.arn, is_allowed
    )
    return archive.judge_permission(role, "dev")


def queue(
    redrive: str | None = LETTERS_ARN, letters: int | None = 0, kept: int = 1_209_600
) -> Judged:
    policy = f'{{"deadLetterTargetArn":"{redrive}","maxReceiveCount":10}}' if redrive else None
    attributes = {"QueueArn": QUEUE_ARN, "MessageRetentionPeriod": "345600"}
    dead = {
        "QueueArn": LETTERS_ARN,
        "MessageRetentionPeriod": str(kept),
        "ApproximateNumberOfMessages": str(letters),
    }
    parse = queues.QueueAttributes.model_validate
    found = queues.DurableQueue(
        "text",
        QUEUE_URL,
        parse(attributes | ({"RedrivePolicy": policy} if policy else {})),
        f"{QUEUE_URL}-dlq",
        None if letters is None else parse(dead),
    )
    return queues.judge_queue(found, "dev")


def function(**changed: object) -> Judged:
    found = lambdas.Function.model_validate({"FunctionName": "f", **changed})
    return lambdas.judge_function(found, "dev")


def mapping(**changed: object) -> Judged:
    answer: dict[str, object] = {
        "UUID": "341a1753-3e12-4afb-8ef7-90d12cd89cec",
        "EventSourceArn": QUEUE_ARN,
        "State": "Enabled",
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
    }
    found = lambdas.Mapping.model_validate(answer | changed)
    return lambdas.judge_mappings([found], [SOURCE], "f")


def clock(seconds: float) -> Judged:
    return [foundation.judge_clock(timedelta(seconds=seconds))]


def secret(deleted_at: datetime | None) -> Judged:
    return foundation.judge_secret(foundation.Secret(deleted_date=deleted_at), "secret", "db")


def database(*pending: str, fault: str = "") -> Judged:
    return foundation.judge_database(foundation.DatabaseState(pending, fault))


HEALTHY: list[Callable[[], Judged]] = [
    account,
    lambda: limited(-1),
    identity,
    lambda: email_set(sends=True),
    lambda: email_events("archive", "event-bridge"),
    lambda: text_events("TEXT_ALL"),
    lambda: text_events("ALL"),
    origination,
    lambda: origination(rate=None),
    lambda: origination("sender-id", opt_outs=None),
    lambda: text.judge_list("Default"),
    lambda: spending(None),
    lambda: spending(79),
    lambda: text.judge_tier("PRODUCTION"),
    lambda: protection("ALLOW"),
    lambda: [text.no_protection(["US"])],
    stream,
    lambda: archive.judge_freshness(timedelta(), "s"),
    lambda: archive.judge_freshness(timedelta(minutes=2), "s"),
    lambda: notifications(EventBridgeConfiguration={}),
    lambda: rule("ENABLED"),
    lambda: schedule("ENABLED"),
    lambda: permission(is_allowed=True),
    queue,
    function,
    mapping,
    lambda: mapping(ScalingConfig={"MaximumConcurrency": 2}, State="Updating"),
    lambda: clock(0.4),
    lambda: secret(None),
    database,
    lambda: foundation.judge_stack("UPDATE_COMPLETE", [], "dev"),
]

FAULTY: list[tuple[Callable[[], Judged], str, Severity]] = [
    (lambda: account(SendingEnabled=False), "SES sending", FAIL),
    (lambda: account(EnforcementStatus="PROBATION"), "SES reputation", WARN),
    (lambda: account(ProductionAccessEnabled=False), "SES sandbox", WARN),
    (lambda: account(rate=1), "SES rate", WARN),
    (lambda: account(sent=40_000), "SES quota", WARN),
    (lambda: account(sent=50_000), "SES quota", FAIL),
    (lambda: limited(0), "SES quota", FAIL),
    (lambda: identity(is_verified=False), "SES identity", FAIL),
    (lambda: identity("a@example.com", is_verified=False), "SES identity", FAIL),
    (lambda: identity(signs=False), "SES DKIM", WARN),
    (lambda: identity(dkim="PENDING"), "SES DKIM", WARN),
    (lambda: [mail.missing_identity("example.com")], "SES identity", FAIL),
    (lambda: email_set(sends=False), "SES set set", FAIL),
    (lambda: email_events("archive"), "SES events to EventBridge", FAIL),
    (lambda: email_events("event-bridge"), "SES events to Firehose", FAIL),
    (
        lambda: [one for one in email_events("archive", is_on=False) if "Firehose" in one.subject],
        "SES events to Firehose",
        FAIL,
    ),
    (
        lambda: [
            one for one in email_events("event-bridge", types=["SEND"]) if "Bridge" in one.subject
        ],
        "SES events to EventBridge",
        FAIL,
    ),
    (
        lambda: [
            one
            for one in email_events("archive", types=destinations.FAST_EVENT_TYPES)
            if "Firehose" in one.subject
        ],
        "SES events to Firehose",
        FAIL,
    ),
    (lambda: text_events("TEXT_ALL", is_on=False), "SMS events to Firehose", FAIL),
    (lambda: text_events("TEXT_SENT"), "SMS events to Firehose", FAIL),
    (lambda: text_events("TEXT_ALL", arn="another"), "SMS events to Firehose", FAIL),
    (lambda: origination(status="PENDING"), "SMS origination", FAIL),
    (lambda: origination(rate=3), "SMS rate", WARN),
    (lambda: origination(opt_outs="Other"), "SMS opt-out list in use", FAIL),
    (lambda: origination("pool", opt_outs="Other"), "SMS opt-out list in use", FAIL),
    (lambda: [text.missing_origination("arn", "dev")], "SMS origination", FAIL),
    (lambda: [text.missing_list("List")], "SMS opt-out list", FAIL),
    (lambda: spending(80), "SMS spend limit", WARN),
    (lambda: spending(100), "SMS spend limit", FAIL),
    (lambda: spending(None, enforced=0, most=50), "SMS spend limit", FAIL),
    (lambda: text.judge_tier("SANDBOX"), "SMS sandbox", WARN),
    (lambda: protection("BLOCK"), "SMS protection", FAIL),
    (lambda: [text.no_protection([])], "SMS protection", WARN),
    (lambda: stream("DELETING"), "stream s", FAIL),
    (lambda: stream(bucket="other"), "stream s to the archive", FAIL),
    (lambda: archive.judge_freshness(timedelta(hours=1), "s"), "stream s freshness", FAIL),
    (notifications, "archive notifications", FAIL),
    (lambda: rule("DISABLED"), "rule r", FAIL),
    (lambda: schedule("DISABLED"), "schedule s", FAIL),
    (lambda: permission(is_allowed=False), "role publisher", FAIL),
    (lambda: queue(redrive=None), "queue text", FAIL),
    (lambda: queue(redrive="arn:other"), "queue text", FAIL),
    (lambda: queue(letters=None), "queue text", FAIL),
    (lambda: queue(letters=3), "queue text dead letters", WARN),
    (lambda: queue(kept=345_600), "queue text retention", WARN),
    (lambda: function(State="Failed"), "function f", FAIL),
    (lambda: mapping(State="Disabled"), "mapping of queue text", FAIL),
    (lambda: mapping(FunctionResponseTypes=[]), "mapping of queue text", FAIL),
    (lambda: mapping(ScalingConfig={}), "mapping of queue text", FAIL),
    (lambda: mapping(EventSourceArn="another"), "mapping of queue text", FAIL),
    (lambda: clock(-2), "clock", WARN),
    (lambda: clock(301), "clock", FAIL),
    (lambda: secret(datetime(2026, 1, 1, tzinfo=UTC)), "secret", FAIL),
    (lambda: [foundation.missing_secret("secret", "dev")], "secret", FAIL),
    (lambda: [foundation.missing_database_secret("db")], "database secret", FAIL),
    (lambda: database("0002_pre_more.sql"), "database", FAIL),
    (lambda: database(fault="Postgres: refused"), "database", FAIL),
    (lambda: foundation.judge_stack("UPDATE_ROLLBACK_COMPLETE", [], "dev"), "stack", WARN),
    (lambda: foundation.judge_stack("CREATE_FAILED", [], "dev"), "stack", FAIL),
    (lambda: foundation.judge_stack("CREATE_COMPLETE", ["X"], "dev"), "stack outputs", FAIL),
    (lambda: [foundation.missing_stack("dev")], "stack", FAIL),
    (lambda: [destinations.missing_set("SES set s", "s", "dev")], "SES set s", FAIL),
    (lambda: [archive.missing_stream("s", "dev")], "stream s", FAIL),
    (lambda: [archive.missing_bucket("b", "dev")], "archive bucket", FAIL),
    (lambda: [archive.missing_rule("rule r", "dev")], "rule r", FAIL),
    (lambda: [archive.missing_role("role r", "dev")], "role r", FAIL),
    (lambda: [queues.missing_queue("q", "dev")], "queue q", FAIL),
    (lambda: [lambdas.missing_function("f", "dev")], "function f", FAIL),
]
ALL_FAULTS = [
    *(judge for judge, _, _ in FAULTY),
    lambda: account(EnforcementStatus="SHUTDOWN"),
    lambda: function(Reserved=0),
]


@pytest.mark.parametrize("judge", HEALTHY)
def test_what_is_in_order_passes(judge: Callable[[], Judged]) -> None:
    findings = list(judge())

    assert findings
    assert {PASS} == {one.severity for one in findings}


@pytest.mark.parametrize(("judge", "subject", "severity"), FAULTY)
def test_a_fault_is_the_only_thing_found(
    judge: Callable[[], Judged], subject: str, severity: Severity
) -> None:
    faults = [one for one in judge() if one.severity is not PASS]

    expected = (subject, severity)
    assert expected in {(one.subject, one.severity) for one in faults}
    others = {one.subject for one in faults} - {subject}
    assert others <= {"SES events to Firehose", "SES events to EventBridge"}


@pytest.mark.parametrize("judge", ALL_FAULTS)
def test_every_fault_comes_with_a_command_that_its_service_takes(
    judge: Callable[[], Judged],
) -> None:
    session = botocore.session.get_session()
    fixes = [one.fix for one in judge() if one.severity is not PASS]

    assert fixes
    for fix in fixes:
        assert isinstance(fix, AwsCall | Shell)
        if isinstance(fix, AwsCall):
            shape = (
                session.get_service_model(fix.service).operation_model(fix.operation).input_shape
            )
            assert shape is not None
            assert not ParamValidator().validate(fix.parameters, shape).has_errors()
            names = [fix.operation, *fix.parameters]
            assert [xform_name(name, "-") for name in names] == [kebab(name) for name in names]


def test_a_function_without_concurrency_is_switched_off() -> None:
    faults = [one for one in function(Reserved=0) if one.severity is FAIL]

    assert [one.fix for one in faults] == [
        AwsCall("lambda", "DeleteFunctionConcurrency", {"FunctionName": "f"})
    ]


def test_an_account_that_is_shut_down_is_not_switched_on_by_us() -> None:
    [sending, *_] = account(SendingEnabled=False, EnforcementStatus="SHUTDOWN")

    assert isinstance(sending.fix, Shell)


def test_the_role_in_use_survives_the_mending() -> None:
    [fault] = [one for one in email_events("archive", is_on=False) if "Firehose" in one.subject]

    assert isinstance(fault.fix, AwsCall)
    assert "arn:aws:iam::1:role/other" in fault.fix.text


def test_what_else_a_bucket_tells_survives_the_mending() -> None:
    queues_told = [{"QueueArn": QUEUE_ARN, "Events": ["s3:ObjectCreated:*"]}]
    [fault] = notifications(QueueConfigurations=queues_told)

    assert isinstance(fault.fix, AwsCall)
    assert fault.fix.parameters["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {},
        "QueueConfigurations": queues_told,
    }


def test_the_types_of_events_are_those_of_ses() -> None:
    model = botocore.session.get_session().get_service_model("sesv2")
    shape = model.shape_for("EventType")

    assert isinstance(shape, StringShape)
    assert set(shape.enum) == set(destinations.EMAIL_EVENT_TYPES)
