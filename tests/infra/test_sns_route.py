"""A stage with a topic of its own, and topics of others."""

import json
from pathlib import Path

import pytest

from infra.synth import synthesize
from tests.infra.cloudformation import Template

OTHERS = "arn:aws:sns:eu-west-1:111122223333:events-of-others"


@pytest.fixture(scope="module")
def routed(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The template of dev with the switch on; cdk-nag has accepted it, or it would not be."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MT_SNS_ROUTE", "true")
        environment.setenv("MT_SNS_TOPIC_ARNS", OTHERS)
        out = synthesize("dev", tmp_path_factory.mktemp("routed") / "out", bundle="false")
    return Template(json.loads(Path(out, "MessageTracker.template.json").read_text()))


def own_topic(template: Template) -> str:
    (found,) = [
        logical_id
        for logical_id, topic in template.of_type("AWS::SNS::Topic").items()
        if topic.get("TopicName") == "message-tracker-dev-events"
    ]
    return found


def test_the_topic_signs_with_sha_256(routed: Template) -> None:
    topic = routed.of_type("AWS::SNS::Topic")[own_topic(routed)]

    assert topic["SignatureVersion"] == "2"


def test_only_providers_of_this_account_may_publish_and_by_tls_only(routed: Template) -> None:
    (policy,) = [
        policy["PolicyDocument"]["Statement"]
        for policy in routed.of_type("AWS::SNS::TopicPolicy").values()
        if policy["Topics"] == [{"Ref": own_topic(routed)}]
    ]

    allowed = [statement for statement in policy if statement["Effect"] == "Allow"]
    denied = [statement for statement in policy if statement["Effect"] == "Deny"]

    assert [(each["Principal"], each["Action"], each["Condition"]) for each in allowed] == [
        (
            {"Service": ["ses.amazonaws.com", "sms-voice.amazonaws.com"]},
            "sns:Publish",
            {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
        )
    ]
    assert [statement["Condition"] for statement in denied] == [
        {"Bool": {"aws:SecureTransport": "false"}}
    ]


def test_the_api_knows_both_topics_and_may_confirm_them_alone(routed: Template) -> None:
    topic = {"Ref": own_topic(routed)}
    expected = {"Fn::Join": ["", [topic, f",{OTHERS}"]]}

    (confirming,) = [
        statement
        for _, statement in routed.statements()
        if statement["Action"] == "sns:ConfirmSubscription"
    ]

    assert routed.variables("api")["MT_SNS_TOPIC_ARNS"] == expected
    assert sorted(confirming["Resource"], key=str) == sorted([topic, OTHERS], key=str)


def test_the_api_may_put_events_on_the_event_queue(routed: Template) -> None:
    queue_id, _ = routed.queue("event")

    senders = [
        statement
        for _, statement in routed.statements()
        if "sqs:SendMessage" in statement["Action"]
        and {"Fn::GetAtt": [queue_id, "Arn"]} in [statement["Resource"], *statement["Resource"]]
    ]

    assert senders


def test_the_topic_posts_to_the_route_and_keeps_what_it_could_not_deliver(
    routed: Template,
) -> None:
    dead_letters, _ = routed.queue("event-dlq")
    (subscription,) = [
        each
        for each in routed.of_type("AWS::SNS::Subscription").values()
        if each["TopicArn"] == {"Ref": own_topic(routed)}
    ]

    assert subscription["Protocol"] == "https"
    assert json.dumps(subscription["Endpoint"]).endswith('events/sns"]]}')
    assert not subscription.get("RawMessageDelivery")  # raw posts carry no signature
    assert subscription["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [dead_letters, "Arn"]}
    }
    assert subscription["DeliveryPolicy"]["healthyRetryPolicy"]["numRetries"] == 60


def test_a_stage_has_no_topic_of_its_own_unless_it_wants_one(prod: Template) -> None:
    topics = [topic.get("TopicName") for topic in prod.of_type("AWS::SNS::Topic").values()]

    assert "message-tracker-prod-events" not in topics
    assert prod.variables("api")["MT_SNS_TOPIC_ARNS"] == ""
