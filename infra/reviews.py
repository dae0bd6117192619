"""cdk-nag looks at the stack: what nobody has accepted stops the synthesis.

A finding is accepted where it was made, not for the whole stack, so that the same one elsewhere
still stops the synthesis.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import IConstruct

from infra.accepted import READERS_OF_LISTS, REVIEWED, Review, wildcards

# Of CDK's own look at the template (the rules of cfn-lint; `.cfnlintrc` says the same to that).
_UNUSED_MAPPING = Acknowledgment(
    id="CloudFormation-Validate::W7001",
    reason="CDK adds the addresses of Firehose to every stack with a stream, for those in a VPC",
)


def check(app: cdk.App) -> None:
    """Let cdk-nag's rules for AWS solutions and for serverless ones stop the synthesis."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))


def accept(stack: cdk.Stack, *, import_sources: Iterable[str] = (), **named: IConstruct) -> None:
    """Accept what was reviewed of a stack.

    Args:
        stack: all of it.
        import_sources: other places that lists may be read from, as ``s3://bucket/folder/``.
        named: the constructs, each of one resource, that rules refer to.
    """
    reviewed = [*REVIEWED, _review_of_sources(import_sources)]
    Validations.of(stack).acknowledge(_UNUSED_MAPPING)
    written = {
        f"{{{name}}}": stack.get_logical_id(_resource(each)) for name, each in named.items()
    } | _place(stack)
    for construct in stack.node.find_all():
        path = construct.node.path.removeprefix(f"{stack.node.path}/")
        accepted = [
            Acknowledgment(id=_filled(rule, written), reason=review.reason)
            for review in _reviews_of(path, reviewed)
            for rule in review.rules
        ]
        if accepted:
            Validations.of(construct).acknowledge(*accepted)


def _review_of_sources(urls: Iterable[str]) -> Review:
    objects = (url.removeprefix("s3://") for url in urls)
    return Review(
        READERS_OF_LISTS,
        wildcards(*(f"Resource::arn:<AWS::Partition>:s3:::{each}*" for each in objects)),
        "The operator named this folder as one that lists are read from",
    )


def _reviews_of(path: str, reviewed: Iterable[Review]) -> Iterable[Review]:
    return (
        review
        for review in reviewed
        if any(fnmatchcase(path, pattern) for pattern in review.constructs)
    )


def _place(stack: cdk.Stack) -> dict[str, str]:
    """Return how findings write where the stack is, if it says so itself."""
    place = {"Partition": stack.partition, "Region": stack.region, "AccountId": stack.account}
    return {
        f"<AWS::{name}>": value
        for name, value in place.items()
        if not cdk.Token.is_unresolved(value)
    }


def _filled(rule: str, written: Mapping[str, str]) -> str:
    for name, value in written.items():
        rule = rule.replace(name, value)
    return rule


def _resource(construct: IConstruct) -> cdk.CfnElement:
    """Return the one resource that a construct of CDK's stands for."""
    resource = construct.node.default_child
    assert isinstance(resource, cdk.CfnElement)  # noqa: S101 - narrows the type
    return resource
