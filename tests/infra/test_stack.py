"""What must never change silently, in every stage."""

import json
from typing import Any

import pytest
from botocore.session import get_session

from infra.bundling import SOURCES
from infra.http_api import ROUTES
from message_tracker.core.domain.doctor.destinations import FAST_EVENT_TYPES
from message_tracker.core.domain.events.sms import STATUSES
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.observability import NAMESPACE
from message_tracker.core.settings import (
    AlertSettings,
    AnalyticsSettings,
    ApiSettings,
    BookkeeperSettings,
    CanarySettings,
    DeadLetterSettings,
    EventProcessorSettings,
    ImporterSettings,
    InventorySettings,
    MigratorSettings,
    ReporterSettings,
    RetentionSettings,
    SenderSettings,
    Settings,
    SweeperSettings,
    WebhookDispatcherSettings,
)
from tests.infra.cloudformation import Template, as_list

SETTINGS: dict[str, type[Settings]] = {
    "api": ApiSettings,
    "importer": ImporterSettings,
    "sender": SenderSettings,
    "sweeper": SweeperSettings,
    "event-processor": EventProcessorSettings,
    "inventory": InventorySettings,
    "retention": RetentionSettings,
    "bookkeeper": BookkeeperSettings,
    "analytics": AnalyticsSettings,
    "failed-message-reporter": ReporterSettings,
    "alerts": AlertSettings,
    "canary": CanarySettings,
    "dead-letters": DeadLetterSettings,
    "webhook-dispatcher": WebhookDispatcherSettings,
    "migrator": MigratorSettings,
}
# A function gets the database by its secret, and these by their defaults in every stage.
LEFT_TO_DEFAULTS = {
    "MT_DATABASE_URL",
    "MT_PROVIDER_CONNECTIONS",
    "MT_INVENTORY_DAYS",
    "MT_WEBHOOK_CALLS",
    "MT_WEBHOOK_CALLS_EACH",
}
QUEUES = ["email", "email-bulk", "text", "text-bulk", "event", "webhook", "import"]
# The actions that know no resource (Service Authorization Reference: AWS X-Ray, Amazon SES, Amazon
# CloudWatch).
ALLOWED_ON_EVERYTHING = {
    "cloudwatch:GetMetricStatistics",
    "ses:DeleteSuppressedDestination",
    "ses:GetAccount",
    "ses:GetSuppressedDestination",
    "ses:ListSuppressedDestinations",
    "ses:PutSuppressedDestination",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
# Lambda's own, where functions are in a network (AWS Lambda Developer Guide, "Giving Lambda
# functions access to resources in an Amazon VPC").
ALLOWED_IN_A_NETWORK = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_function_gets_exactly_the_variables_that_its_settings_read(
    template: Template, name: str
) -> None:
    read = {f"MT_{field.upper()}" for field in SETTINGS[name].fields()}

    assert set(template.variables(name)) == read - LEFT_TO_DEFAULTS


def test_every_function_is_compared_with_its_settings(template: Template) -> None:
    functions = template.of_type("AWS::Lambda::Function").values()

    names = {function["FunctionName"].split("-", 3)[3] for function in functions}

    assert names == set(SETTINGS)


def test_every_handler_exists(template: Template) -> None:
    for function in template.of_type("AWS::Lambda::Function").values():
        module, _, name = function["Handler"].rpartition(".")
        source = SOURCES.parent.joinpath(*module.split(".")).with_suffix(".py").read_text()

        assert f"def {name}(" in source


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_dead_letters_what_fails_ten_times(template: Template, name: str) -> None:
    _, queue = template.queue(name)
    dead_letters, _ = template.queue(f"{name}-dlq")

    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [dead_letters, "Arn"]},
        "maxReceiveCount": 10,
    }


@pytest.mark.parametrize("name", QUEUES)
def test_a_dead_letter_queue_keeps_longer_than_its_source(template: Template, name: str) -> None:
    _, queue = template.queue(name)
    _, dead_letters = template.queue(f"{name}-dlq")

    assert dead_letters["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_there_are_no_other_queues_than_those_with_dead_letters(template: Template) -> None:
    names = {
        properties["QueueName"].split("-", 3)[3]
        for properties in template.of_type("AWS::SQS::Queue").values()
    }

    assert names == {*QUEUES, *(f"{name}-dlq" for name in QUEUES), "report-dlq"}


def test_every_queue_is_encrypted_and_reached_by_tls_only(template: Template) -> None:
    queues = template.of_type("AWS::SQS::Queue")
    policies = template.of_type("AWS::SQS::QueuePolicy").values()

    assert all(queue["SqsManagedSseEnabled"] for queue in queues.values())
    assert {policy["Queues"][0]["Ref"] for policy in policies if _demands_tls(policy)} == set(
        queues
    )


def test_every_mapping_reports_failures_by_item(template: Template) -> None:
    mappings = template.of_type("AWS::Lambda::EventSourceMapping").values()

    assert {tuple(mapping["FunctionResponseTypes"]) for mapping in mappings} == {
        ("ReportBatchItemFailures",)
    }


@pytest.mark.parametrize("name", [*QUEUES, *(f"{name}-dlq" for name in QUEUES)])
def test_every_queue_hides_a_message_six_times_as_long_as_its_function_may_run(
    template: Template, name: str
) -> None:
    queue_id, queue = template.queue(name)
    (mapping,) = template.sources_of(queue_id)
    function = template.of_type("AWS::Lambda::Function")[mapping["FunctionName"]["Ref"]]

    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]


@pytest.mark.parametrize("name", ["text", "text-bulk"])
def test_two_senders_share_a_text_queue(template: Template, name: str) -> None:
    queue_id, _ = template.queue(name)
    (mapping,) = template.sources_of(queue_id)

    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert mapping["BatchSize"] == 1


def test_every_log_group_forgets(template: Template) -> None:
    groups = template.of_type("AWS::Logs::LogGroup").values()

    assert all(group["RetentionInDays"] > 0 for group in groups)


def test_every_function_logs_to_a_group_of_the_stack(template: Template) -> None:
    groups = template.of_type("AWS::Logs::LogGroup")
    functions = template.of_type("AWS::Lambda::Function").values()

    used = [function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions]

    assert set(used) <= set(groups)
    assert len(set(used)) == len(used)


def dimensions(template: Template, service: str) -> list[dict[str, str]]:
    """Return the dimensions of the metrics that a function writes."""
    stage = template.variables(service)["MT_STAGE"]
    return [{"Name": "service", "Value": service}, {"Name": "stage", "Value": stage}]


def test_an_alarm_on_our_metrics_is_on_those_of_its_own_stage(template: Template) -> None:
    watched = [
        alarm["Dimensions"]
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
        if alarm.get("Namespace") == NAMESPACE
    ]

    assert len(watched) >= 6
    assert watched == [dimensions(template, alarm[0]["Value"]) for alarm in watched]


def test_every_function_is_traced_or_where_that_is_asked_for_the_api_alone(
    prod: Template, local: Template
) -> None:
    everywhere = {each["TracingConfig"]["Mode"] for each in _functions(local)}
    asked = {
        each["FunctionName"]
        for each in _functions(prod)
        if each["TracingConfig"]["Mode"] == "Active"
    }

    assert {"Active"} == everywhere
    assert {"message-tracker-prod-api"} == asked


def test_events_wait_a_moment_for_others_to_be_read_with(prod: Template, local: Template) -> None:
    windows = [
        template.sources_of(template.queue("event")[0])[0]["MaximumBatchingWindowInSeconds"]
        for template in (prod, local)
    ]

    assert [5, 0] == windows


def test_a_limiter_that_does_not_answer_raises_an_alarm(template: Template) -> None:
    [alarm] = [
        properties
        for properties in template.of_type("AWS::CloudWatch::Alarm").values()
        if properties.get("MetricName") == "LimiterUnavailable"
    ]

    assert alarm["Namespace"] == "MessageTracker"
    assert alarm["Dimensions"] == dimensions(template, "sender")


def test_no_statement_allows_anything_on_everything(template: Template) -> None:
    wide = {
        action
        for _, statement in template.statements()
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }

    is_in_network = template.of_type("AWS::EC2::VPC")
    assert wide == ALLOWED_ON_EVERYTHING | (ALLOWED_IN_A_NETWORK if is_in_network else set())


def test_no_role_carries_a_managed_policy(template: Template) -> None:
    roles = template.of_type("AWS::IAM::Role").values()

    assert [role for role in roles if "ManagedPolicyArns" in role] == []


def test_only_our_from_address_may_be_sent_from(template: Template) -> None:
    sending = [
        statement
        for _, statement in template.statements()
        if "ses:SendEmail" in as_list(statement["Action"])
    ]

    assert [statement["Condition"] for statement in sending] == [
        {"StringEquals": {"ses:FromAddress": "notices@example.com"}}
    ] * 3  # the sender, the reporter, the watch


def test_the_bucket_is_private_encrypted_and_reached_by_tls_only(template: Template) -> None:
    (bucket,) = template.of_type("AWS::S3::Bucket").values()
    (policy,) = template.of_type("AWS::S3::BucketPolicy").values()

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert _demands_tls(policy)
    assert bucket["LifecycleConfiguration"]["Rules"]
    assert bucket["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }


def test_email_events_of_every_type_go_to_the_archive(template: Template) -> None:
    archived = _published(template, "KinesisFirehoseDestination")

    assert archived == set(_ses_event_types())


def test_of_emails_the_bus_tells_failures_only_unless_asked_for_all(
    prod: Template, local: Template
) -> None:
    assert _published(local, "EventBridgeDestination") == set(_ses_event_types())
    assert _published(prod, "EventBridgeDestination") == set(FAST_EVENT_TYPES)


def test_of_texts_the_bus_tells_failures_only_unless_asked_for_all(
    prod: Template, local: Template
) -> None:
    well = [
        event_type
        for event_type, status in STATUSES.items()
        if status in {MessageStatus.SENT, MessageStatus.DELIVERED}
    ]

    assert "detail" not in _text_pattern(local)
    of_the_account, others = _text_pattern(prod)["detail"]["eventType"]
    assert {"exists": False} == of_the_account
    assert set(well) == set(others["anything-but"])


def test_both_streams_compress_into_the_prefix_that_is_read(template: Template) -> None:
    streams = template.of_type("AWS::KinesisFirehose::DeliveryStream").values()

    targets = [stream["ExtendedS3DestinationConfiguration"] for stream in streams]

    assert {target["CompressionFormat"] for target in targets} == {"GZIP"}
    assert {target["Prefix"].split("!")[0] for target in targets} == {"events/ses/", "events/sms/"}
    assert not any(target["ErrorOutputPrefix"].startswith("events/") for target in targets)
    assert not any(set("+% ") & set(target["Prefix"]) for target in targets)


def test_every_rule_leads_to_the_event_queue_and_keeps_what_fails(template: Template) -> None:
    queue, _ = template.queue("event")
    dead_letters, _ = template.queue("event-dlq")
    rules = template.of_type("AWS::Events::Rule").values()

    assert {rule["EventPattern"]["source"][0] for rule in rules} == {
        "aws.s3",
        "aws.ses",
        "aws.sms-voice",
    }
    for rule in rules:
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": [queue, "Arn"]}
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [dead_letters, "Arn"]}}


def test_the_api_has_its_routes_and_is_throttled(template: Template) -> None:
    routes = template.of_type("AWS::ApiGatewayV2::Route").values()
    (stage,) = template.of_type("AWS::ApiGatewayV2::Stage").values()

    assert {route["RouteKey"] for route in routes} == {
        f"{method.value} {path}" for method, path in ROUTES
    }
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 50


def test_a_parked_channel_raises_an_alarm(template: Template) -> None:
    [alarm] = [
        alarm
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "OpenCircuits"
    ]

    assert alarm["Namespace"] == NAMESPACE
    assert alarm["Dimensions"] == dimensions(template, "sweeper")
    assert (alarm["Threshold"], alarm["Statistic"]) == (1, "Maximum")


def test_records_and_objects_that_were_not_read_as_usual_raise_alarms(template: Template) -> None:
    alarms = {
        (alarm["MetricName"], alarm["Dimensions"][0]["Value"]): alarm["Threshold"]
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
        if alarm.get("Namespace") == NAMESPACE
    }

    assert alarms["ObjectsMissed", "inventory"] == 1
    assert alarms["RecordsQuarantined", "inventory"] == 1
    assert alarms["RecordsQuarantined", "event-processor"] == 1


def test_the_access_log_names_no_caller(template: Template) -> None:
    (stage,) = template.of_type("AWS::ApiGatewayV2::Stage").values()

    logged = json.loads(stage["AccessLogSettings"]["Format"]).values()

    assert not any("identity" in value or "path" in value for value in logged)


def test_every_dead_letter_queue_has_an_alarm(template: Template) -> None:
    alarms = template.of_type("AWS::CloudWatch::Alarm").values()
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in alarms
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Dimensions"]
    }

    assert watched == {
        logical_id
        for logical_id, queue in template.of_type("AWS::SQS::Queue").items()
        if queue["QueueName"].endswith("-dlq")
    }


def test_every_alarm_reaches_the_topic(template: Template) -> None:
    (topic,) = template.of_type("AWS::SNS::Topic")
    alarms = template.of_type("AWS::CloudWatch::Alarm").values()

    assert [alarm["AlarmActions"] for alarm in alarms] == [[{"Ref": topic}]] * len(alarms)


def test_data_outlives_prod(prod: Template) -> None:
    holding = ("AWS::S3::Bucket", "AWS::DynamoDB::GlobalTable")

    kept = {
        resource["Type"]
        for resource in prod.body["Resources"].values()
        if resource.get("DeletionPolicy") == "Retain"
    }
    (table,) = prod.of_type("AWS::DynamoDB::GlobalTable").values()
    (replica,) = table["Replicas"]

    assert kept >= set(holding)
    assert replica["DeletionProtectionEnabled"]
    assert replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]


def test_prod_receives_text_events_by_the_same_archive(prod: Template) -> None:
    (text_set,) = prod.of_type("AWS::SMSVOICE::ConfigurationSet").values()

    (destination,) = text_set["EventDestinations"]

    assert destination["MatchingEventTypes"] == ["TEXT_ALL"]
    assert destination["KinesisFirehoseDestination"]["DeliveryStreamArn"]


def test_providers_write_for_our_configuration_sets_only(prod: Template) -> None:
    trusted = {
        statement["Principal"]["Service"]: statement["Condition"]["StringEquals"]
        for role in prod.of_type("AWS::IAM::Role").values()
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
        if statement["Principal"]["Service"] in {"ses.amazonaws.com", "sms-voice.amazonaws.com"}
    }

    assert len(trusted) == 2
    for condition in trusted.values():
        assert condition["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
        assert json.dumps(condition["aws:SourceArn"]).endswith(
            ':configuration-set/message-tracker-prod"]]}'
        )


def test_local_has_nothing_that_the_emulator_refuses(local: Template) -> None:
    types = {resource["Type"] for resource in local.body["Resources"].values()}

    assert not any(each.startswith(("AWS::SMSVOICE", "AWS::EC2")) for each in types)


def test_webhooks_may_be_on_this_machine_in_the_local_stage_only(
    local: Template, prod: Template
) -> None:
    name = "MT_WEBHOOK_LOCAL_HOSTS"

    assert local.variables("webhook-dispatcher")[name] == "localhost,127.0.0.1"
    assert prod.variables("webhook-dispatcher")[name] == ""


def test_the_keys_of_webhooks_and_of_links_outlive_prod(prod: Template) -> None:
    secrets = [
        each
        for logical_id, each in prod.body["Resources"].items()
        if each["Type"] == "AWS::SecretsManager::Secret"
        and not logical_id.startswith("CanarySecret")  # another one does as well
    ]

    assert len(secrets) == 2
    assert {secret["DeletionPolicy"] for secret in secrets} == {"Retain"}
    assert {
        secret["Properties"]["GenerateSecretString"]["PasswordLength"] for secret in secrets
    } == {64}


def test_the_canary_flies_in_prod_and_not_by_itself_on_one_machine(
    local: Template, prod: Template
) -> None:
    def schedules(template: Template) -> list[str]:
        return [
            schedule["ScheduleExpression"]
            for logical_id, schedule in template.of_type("AWS::Scheduler::Schedule").items()
            if logical_id.startswith("Canary")
        ]

    assert schedules(prod) == ["rate(1 hour)"]
    assert schedules(local) == []


def test_the_canary_s_key_is_as_long_as_any(prod: Template) -> None:
    [secret] = [
        properties["GenerateSecretString"]
        for logical_id, properties in prod.of_type("AWS::SecretsManager::Secret").items()
        if logical_id.startswith("CanarySecret")
    ]

    assert (secret["ExcludePunctuation"], secret["PasswordLength"]) == (True, 43)


def test_the_canary_waits_longer_than_events_take_and_less_than_it_may_run(prod: Template) -> None:
    within = int(prod.variables("canary")["MT_CANARY_WITHIN_SECONDS"])

    assert 60 + 120 <= within <= prod.function("canary")["Timeout"] - 30


def test_a_report_links_to_the_dashboard_where_there_is_one(
    local: Template, prod: Template
) -> None:
    name = "MT_DASHBOARD_URL"

    assert "#dashboards/dashboard/message-tracker-prod" in json.dumps(
        prod.variables("failed-message-reporter")[name]
    )
    assert local.variables("failed-message-reporter")[name] == ""


def test_local_keeps_nothing(local: Template) -> None:
    kept = {
        resource["Type"]
        for resource in local.body["Resources"].values()
        if resource.get("DeletionPolicy") == "Retain"
    }

    assert kept == {"AWS::Logs::LogStream"}  # which goes with its group


def _demands_tls(policy: dict[str, Any]) -> bool:
    return any(
        statement["Effect"] == "Deny"
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in policy["PolicyDocument"]["Statement"]
    )


def _published(template: Template, target: str) -> set[str]:
    """Return the types of events that SES publishes to a kind of destination."""
    destinations = template.of_type("AWS::SES::ConfigurationSetEventDestination").values()
    [types] = [
        destination["EventDestination"]["MatchingEventTypes"]
        for destination in destinations
        if target in destination["EventDestination"]
    ]
    return set(map(_api_name, types))


def _functions(template: Template) -> list[dict[str, Any]]:
    """Return the stage's own functions."""
    functions = template.of_type("AWS::Lambda::Function").values()
    return [each for each in functions if "FunctionName" in each]


def _text_pattern(template: Template) -> dict[str, Any]:
    """Return the pattern of the rule that takes what is told of texts."""
    rules = template.of_type("AWS::Events::Rule").values()
    patterns = [rule["EventPattern"] for rule in rules]
    [found] = [pattern for pattern in patterns if pattern["source"] == ["aws.sms-voice"]]
    return dict(found)


def _api_name(event_type: str) -> str:
    """Return `renderingFailure` as `RENDERING_FAILURE`, the way the API spells it."""
    return "".join(f"_{char}" if char.isupper() else char.upper() for char in event_type)


def _ses_event_types() -> list[str]:
    shape = get_session().get_service_model("sesv2").shape_for("EventType")
    return list(shape.metadata["enum"])


def test_books_that_are_off_raise_an_alarm(template: Template) -> None:
    [alarm] = [
        alarm
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "BooksOff"
    ]

    assert alarm["Namespace"] == NAMESPACE
    assert alarm["Dimensions"] == dimensions(template, "bookkeeper")
    assert (alarm["Threshold"], alarm["Statistic"]) == (1, "Sum")
