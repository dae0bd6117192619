"""A stage that sends by one channel has nothing of the other."""

import json

from message_tracker.core.aws.checkup.deployment import outputs_of
from message_tracker.core.domain.message import Channel
from tests.infra.cloudformation import Template, as_list
from tests.infra.variants import Variant, with_value


def variables(template: Template) -> set[str]:
    """Return the names of the variables of all functions."""
    return {
        name
        for function in template.of_type("AWS::Lambda::Function").values()
        for name in function["Environment"]["Variables"]
    }


def actions(template: Template) -> set[str]:
    """Return what the functions and the other roles may do."""
    return {
        action for _, statement in template.statements() for action in as_list(statement["Action"])
    }


def test_without_sms_nothing_in_the_template_speaks_of_it(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, channels="email"):
        if variant.values["events"] == "archive":  # the topic takes what SMS may publish elsewhere
            text = json.dumps(variant.template.body)

            assert "sms-voice" not in text.replace('"aws.sms-voice"', "sms-voice")
            assert "SMSVOICE" not in text
        assert not any(
            name.startswith(("MT_TEXT", "MT_SMS")) for name in variables(variant.template)
        )
        assert not any(action.startswith("sms-voice:") for action in actions(variant.template))


def test_without_email_ses_carries_reports_alone(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, channels="text"):
        template = variant.template
        sets = template.of_type("AWS::SES::ConfigurationSet").values()

        assert {action for action in actions(template) if action.startswith("ses:")} == {
            "ses:SendEmail"
        }
        assert [each["Name"].endswith("-reports") for each in sets] == [True]
        assert template.of_type("AWS::SES::ConfigurationSetEventDestination") == {}
        assert not any(name.startswith("MT_EMAIL") for name in variables(template))


def test_only_the_queues_and_streams_of_its_channels_are_there(
    variants: dict[str, Variant],
) -> None:
    expected = {
        "both": {"email", "email-bulk", "text", "text-bulk"},
        "email": {"email", "email-bulk"},
        "text": {"text", "text-bulk"},
    }
    streams = {"both": {"ses", "sms"}, "email": {"ses"}, "text": {"sms"}}
    for variant in variants.values():
        channels = variant.values["channels"]
        queues = {
            queue["QueueName"].split("-", 3)[3]
            for queue in variant.template.of_type("AWS::SQS::Queue").values()
        }
        found = variant.template.of_type("AWS::KinesisFirehose::DeliveryStream").values()

        assert queues & expected["both"] == expected[channels]
        assert {each["DeliveryStreamName"].split("-")[3] for each in found} == streams[channels]


def test_events_of_its_channels_alone_are_routed(variants: dict[str, Variant]) -> None:
    expected = {
        "both": {"aws.s3", "aws.ses", "aws.sms-voice"},
        "email": {"aws.s3", "aws.ses"},
        "text": {"aws.s3", "aws.sms-voice"},
    }
    for variant in variants.values():
        rules = variant.template.of_type("AWS::Events::Rule").values()

        sources = {rule["EventPattern"]["source"][0] for rule in rules}

        assert sources == expected[variant.values["channels"]]


def test_the_functions_know_the_channels_of_the_stage(variants: dict[str, Variant]) -> None:
    known = {"both": "email,text", "email": "email", "text": "text"}
    for variant in variants.values():
        channels = known[variant.values["channels"]]

        for name in ("api", "importer", "sender", "sweeper", "inventory"):
            assert variant.template.variables(name)["MT_CHANNELS"] == channels
        assert variant.template.body["Outputs"]["Channels"]["Value"] == channels


def test_the_doctor_finds_all_that_it_asks_for(variants: dict[str, Variant]) -> None:
    for variant in variants.values():
        outputs = variant.template.body["Outputs"]
        channels = [Channel(each) for each in outputs["Channels"]["Value"].split(",")]

        assert outputs_of(channels) <= outputs.keys()
