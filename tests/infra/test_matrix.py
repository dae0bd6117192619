"""Every stage, with every switch thrown beside every other: what holds in all of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.infra.cloudformation import as_list
from tests.infra.linting import findings
from tests.infra.variants import ROWS, Variant, all_pairs, name_of, pairs_of

# Of CloudFormation and of Lambda.
_MOST_RESOURCES = 500
_MOST_OUTPUTS = 200
_THAT_LOG = (
    "AWS::Lambda::Function",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::ApiGatewayV2::Stage",
)


@pytest.fixture(params=[name_of(row) for row in ROWS])
def variant(request: pytest.FixtureRequest, variants: dict[str, Variant]) -> Variant:
    """Each row in turn."""
    name: str = request.param
    return variants[name]


def test_every_two_values_of_two_switches_meet() -> None:
    met = {pair for row in ROWS for pair in pairs_of(row)}

    assert [sorted(pair) for pair in all_pairs() if pair not in met] == []


def test_cfn_lint_finds_nothing(variants: dict[str, Variant], tmp_path: Path) -> None:
    templates = {name: variant.template for name, variant in variants.items()}

    assert findings(templates, tmp_path) == []


def test_it_stays_within_what_cloudformation_takes(variant: Variant) -> None:
    body = variant.template.body

    assert len(body["Resources"]) < _MOST_RESOURCES
    assert len(body["Outputs"]) < _MOST_OUTPUTS


def test_what_is_referred_to_is_there(variant: Variant) -> None:
    body = variant.template.body
    known = body["Resources"].keys() | body["Parameters"].keys()

    absent = {name for name in _referred_to(body) if name not in known}

    assert {name for name in absent if not name.startswith("AWS::")} == set()


def test_every_role_is_somebodys(variant: Variant) -> None:
    template = variant.template
    policies = set(template.of_type("AWS::IAM::Policy"))

    used = {
        name
        for logical_id, resource in template.body["Resources"].items()
        if logical_id not in policies
        for name in _referred_to({"": resource["Properties"]})
    }

    assert set(template.of_type("AWS::IAM::Role")) <= used


def test_every_policy_is_of_a_role_of_the_stack(variant: Variant) -> None:
    roles = variant.template.of_type("AWS::IAM::Role")

    for policy in variant.template.of_type("AWS::IAM::Policy").values():
        assert {role["Ref"] for role in policy["Roles"]} <= set(roles)


def test_every_log_group_is_written_to(variant: Variant) -> None:
    groups = variant.template.of_type("AWS::Logs::LogGroup")
    users = {
        name
        for resource_type in _THAT_LOG
        for properties in variant.template.of_type(resource_type).values()
        for name in _referred_to(properties)
    }

    assert set(groups) <= users


def test_every_queue_has_dead_letters_or_takes_them(variant: Variant) -> None:
    queues = variant.template.of_type("AWS::SQS::Queue")

    targets = {
        queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for queue in queues.values()
        if "RedrivePolicy" in queue
    }
    without = {each for each, queue in queues.items() if "RedrivePolicy" not in queue}

    assert without - targets == {variant.template.queue("report-dlq")[0]}


def test_every_queue_is_read(variant: Variant) -> None:
    read = {
        mapping["EventSourceArn"]["Fn::GetAtt"][0]
        for mapping in variant.template.of_type("AWS::Lambda::EventSourceMapping").values()
    }

    unread = set(variant.template.of_type("AWS::SQS::Queue")) - read

    assert unread == {variant.template.queue("report-dlq")[0]}  # a person looks into it


def test_the_gateway_calls_the_api_by_one_statement(variant: Variant) -> None:
    permissions = variant.template.of_type("AWS::Lambda::Permission").values()

    assert [permission["Principal"] for permission in permissions] == ["apigateway.amazonaws.com"]


def _referred_to(value: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a template
    """Yield the logical ids that a part of a template refers to."""
    if isinstance(value, list):
        for each in value:
            yield from _referred_to(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == "Ref":
                yield each
            elif key == "Fn::GetAtt":
                yield each[0]
            elif key == "DependsOn":
                yield from as_list(each)
            else:
                yield from _referred_to(each)
