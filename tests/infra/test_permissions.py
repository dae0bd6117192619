"""Every role may do what was reviewed, on what was reviewed, and nothing else."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tests.infra.cloudformation import Template, as_list
from tests.infra.permissions import OF_EVERY_FUNCTION, REVIEWED

# What CDK ends a logical id with.
_HASH = re.compile(r"[0-9A-F]{8}(?=$|[:/])")
_ACCOUNT = re.compile(r"^arn:aws:([a-z0-9-]+):[^:]*:[^:]*:")

Rights = Mapping[str, list[str]]


def granted(template: Template) -> dict[str, Rights]:
    """Return what each role may do: the actions by resource."""
    found: dict[str, dict[str, set[str]]] = {}
    for policy in template.of_type("AWS::IAM::Policy").values():
        for role in policy["Roles"]:
            rights = found.setdefault(_named(role), defaultdict(set))
            for statement in policy["PolicyDocument"]["Statement"]:
                for resource in as_list(statement["Resource"]):
                    rights[_named(resource)] |= set(as_list(statement["Action"]))
    return {
        role: {resource: sorted(actions) for resource, actions in sorted(rights.items())}
        for role, rights in found.items()
        if not role.startswith("SchedulerRole")
    }


def reviewed(role: str) -> Rights:
    """Return what a role may do by the table, with what every function may."""
    expected = {resource: list(actions) for resource, actions in REVIEWED[role].items()}
    if role.endswith("Role") and not role.endswith("ScheduleRole"):
        log = {f"{role.removesuffix('Role')}Log": ["logs:CreateLogStream", "logs:PutLogEvents"]}
        for resource, actions in {**OF_EVERY_FUNCTION, **log}.items():
            expected[resource] = [*expected.get(resource, []), *actions]
    return {resource: sorted(actions) for resource, actions in sorted(expected.items())}


def test_every_role_may_do_what_was_reviewed_and_no_more(prod: Template) -> None:
    assert granted(prod) == {role: reviewed(role) for role in REVIEWED}


def test_a_schedules_role_starts_one_function_and_does_nothing_else(prod: Template) -> None:
    of_schedules = [
        policy["PolicyDocument"]["Statement"]
        for logical_id, policy in prod.of_type("AWS::IAM::Policy").items()
        if logical_id.startswith("SchedulerRole")
    ]

    assert of_schedules
    for statements in of_schedules:
        (statement,) = statements
        names = {_named(resource) for resource in as_list(statement["Resource"])}

        assert statement["Action"] == "lambda:InvokeFunction"
        assert len({name.removesuffix(":*") for name in names}) == 1


def test_only_services_of_this_account_are_let_in_by_a_policy_of_ours(prod: Template) -> None:
    kinds = ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy")

    allowing = [
        statement
        for kind in kinds
        for policy in prod.of_type(kind).values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert {statement["Principal"]["Service"] for statement in allowing} == {
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
    }
    for statement in allowing:
        (condition,) = statement["Condition"].values()
        assert condition.keys() <= {"aws:SourceArn", "aws:SourceAccount"}


def test_alarms_may_publish_to_their_topic(prod: Template) -> None:
    (policy,) = prod.of_type("AWS::SNS::TopicPolicy").values()

    allowed = [
        (statement["Principal"], statement["Action"])
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert allowed == [({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")]


def _named(reference: Any) -> str:  # noqa: ANN401 - a reference of CloudFormation's
    """Return what a reference leads to, by its logical id without the hash, or by its ARN."""
    return _ACCOUNT.sub(r"\1:", _HASH.sub("", _spelled(reference)))


def _spelled(reference: Any) -> str:  # noqa: ANN401 - a reference of CloudFormation's
    match reference:
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Ref": str(name)}:
            return "" if name.startswith("AWS::") else name
        case {"Fn::GetAtt": [name, *_]}:
            return str(name)
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_spelled, parts))
        case _:
            return str(reference)
