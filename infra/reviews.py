"""cdk-nag's findings that were looked at and accepted, each with the reason.

A finding is accepted where it was made, not for the whole stack, so that the same one elsewhere
still stops the synthesis.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import aws_cdk as cdk
from aws_cdk import Acknowledgment, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.archive import (
    EVENTS_PREFIX,
    IMPORTS_PREFIX,
    OWN_PREFIX,
    PROVIDERS,
    QUARANTINE_PREFIX,
    REPORTS_PREFIX,
    UNDELIVERED_PREFIX,
)

_DEAD_LETTERS = "It is a dead-letter queue itself; an alarm watches it"
_FUNCTIONS = (
    "Api",
    "Importer",
    "Sender",
    "Sweeper",
    "EventProcessor",
    "Inventory",
    "Retention",
    "Bookkeeper",
    "Analytics",
    "Reporter",
    "AlertWatch",
    "Canary",
    "DeadLetterReader",
    "WebhookDispatcher",
    "Migrator",
)
_READERS_OF_LISTS = ("ApiRole", "ImporterRole")
_RUNTIME = "The runtime is raised together with the locked wheels, not with CDK"
_PREFIX = "All objects below one prefix of the archive, and none beside it"


@dataclass(frozen=True, slots=True)
class _Review:
    """What is accepted of the constructs whose path below the stack matches one of the patterns.

    `{Archive}` in a rule is the logical id of the archive's bucket, `{Sweeper}` of that function.
    """

    constructs: Sequence[str]
    rules: Sequence[str]
    reason: str


def _wildcards(*findings: str) -> list[str]:
    return [f"AwsSolutions-IAM5[{finding}]" for finding in findings]


_REVIEWED = (
    _Review(
        ["*Role"],
        _wildcards("Resource::*"),
        "X-Ray's actions, which tracing needs, SES' GetAccount and its suppression list, and the "
        "reading of CloudWatch's metrics know no resource",
    ),
    _Review(
        ["*Role", "Archive/*S3Destination"],
        _wildcards("Action::kms:GenerateDataKey*", "Action::kms:ReEncrypt*"),
        "CDK's grant of the stage's one key, with a wildcard over kinds of one action",
    ),
    _Review(
        ["SenderRole"],
        _wildcards("Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:template/*"),
        "A request may name any SES template of the account; the From address is the stage's own",
    ),
    _Review(
        ["Archive/*S3Destination"],
        _wildcards(
            *(
                f"Resource::<{{Archive}}.Arn>/{folder}{provider}/*"
                for folder in (EVENTS_PREFIX, UNDELIVERED_PREFIX)
                for provider in PROVIDERS.values()
            )
        ),
        _PREFIX,
    ),
    _Review(
        ["EventProcessorRole", "InventoryRole"],
        _wildcards(
            f"Resource::<{{Archive}}.Arn>/{EVENTS_PREFIX}*",
            f"Resource::<{{Archive}}.Arn>/{QUARANTINE_PREFIX}*",
        ),
        _PREFIX,
    ),
    _Review(
        _READERS_OF_LISTS,
        _wildcards(f"Resource::<{{Archive}}.Arn>/{IMPORTS_PREFIX}*"),
        _PREFIX,
    ),
    _Review(
        ["ApiRole"],
        _wildcards(f"Resource::<{{Archive}}.Arn>/{REPORTS_PREFIX}*"),
        _PREFIX,
    ),
    _Review(
        ["ReporterRole"],
        _wildcards(f"Resource::<{{Archive}}.Arn>/{REPORTS_PREFIX}*"),
        _PREFIX,
    ),
    _Review(
        ["SchedulerRoleForTarget-*", "*/ScheduleRole"],
        _wildcards(
            *(
                f"Resource::<{{{name}}}.Arn>:*"
                for name in (
                    "Sweeper",
                    "Importer",
                    "Inventory",
                    "Retention",
                    "Bookkeeper",
                    "Analytics",
                    "Reporter",
                    "AlertWatch",
                    "Canary",
                    "WebhookDispatcher",
                )
            )
        ),
        "CDK's grant to a schedule's own role, of the versions of its one function",
    ),
    _Review(
        ["EventProcessorRole"],
        _wildcards(f"Resource::<{{Archive}}.Arn>/{OWN_PREFIX}*"),
        _PREFIX,
    ),
    _Review(
        ["SigningKeys"],
        ["AwsSolutions-SMG4"],
        "A new key is put beside the old one, whose links in sent mail still work; AWS would "
        "replace it",
    ),
    _Review(
        ["WebhookKey"],
        ["AwsSolutions-SMG4"],
        "Another key would leave the secrets unreadable that were sealed with this one",
    ),
    _Review(
        ["Network/Vpc"],
        ["AwsSolutions-VPC7"],
        "Flow logs would tell at which hours whose webhook was called; a team that wants them adds "
        "them to the VPC",
    ),
    _Review(
        ["Aurora/Cluster"],
        ["AwsSolutions-RDS6"],
        "RDS makes, keeps and rotates the password, which one read of a secret brings",
    ),
    _Review(
        ["Aurora/Cluster"],
        ["AwsSolutions-RDS10"],
        "Only a stage that says it keeps no data goes without deletion protection",
    ),
    _Review(
        ["CanarySecret"],
        ["AwsSolutions-SMG4"],
        "Its key opens the way to the simulators alone; a new value is a new key at the next run",
    ),
    _Review(
        ["Archive/Bucket"],
        ["AwsSolutions-S1"],
        "Access logs would keep who read what beside the archive; CloudTrail's data events, where "
        "a team wants them, keep it out of the stack's reach",
    ),
    _Review(
        ["*/DeadLetters", "MissedReports"],
        ["AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"],
        _DEAD_LETTERS,
    ),
    _Review(
        ["HttpApi/Api"],
        ["AwsSolutions-APIG4"],
        "The function checks the API key of every route but /health, which tells nothing, "
        "/events/sns, where it checks the signature of SNS and the topic, and the links in mail, "
        "where it checks their signed tokens",
    ),
    _Review(
        _FUNCTIONS,
        ["AwsSolutions-L1", "Serverless-LambdaLatestVersion"],
        _RUNTIME,
    ),
    _Review(
        [name for name in _FUNCTIONS if name != "Api"],
        ["Serverless-LambdaTracing"],
        "Where the stage asks for it, X-Ray records the API's runs alone: queues begin a run or "
        "more in each second, and a trace of one says what its duration does",
    ),
    _Review(
        _FUNCTIONS,
        ["Serverless-LambdaDLQ"],
        "What fails stays on the queue that it came from; a report that fails leaves a letter by "
        "its failure destination; nobody waits for a minute's sweep, the next one does the same",
    ),
    _Review(
        ["Sender", "Importer", "EventProcessor", "DeadLetterReader", "WebhookDispatcher"],
        ["Serverless-LambdaEventSourceMappingDestination"],
        "SQS sources have no failure destination: their queues dead-letter",
    ),
    _Review(
        [
            "Sweeper",
            "Importer",
            "Inventory",
            "Retention",
            "Bookkeeper",
            "Analytics",
            "AlertWatch",
            "Canary",
            "WebhookDispatcher",
        ],
        ["Serverless-LambdaAsyncFailureDestination"],
        "The next run does the work of one that failed; an alarm watches for errors",
    ),
    _Review(
        ["Migrator"],
        ["Serverless-LambdaAsyncFailureDestination"],
        "CloudFormation waits for its answer and fails the deployment without one",
    ),
    _Review(
        ["Alarms/Topic"],
        ["Serverless-SNSRedrivePolicy"],
        "An e-mail subscription's mail cannot be sent again to any use: the alarm itself stands",
    ),
)


# Of CDK's own look at the template (the rules of cfn-lint; `.cfnlintrc` says the same to that).
_UNUSED_MAPPING = Acknowledgment(
    id="CloudFormation-Validate::W7001",
    reason="CDK adds the addresses of Firehose to every stack with a stream, for those in a VPC",
)


def check(app: cdk.App) -> None:
    """Let cdk-nag's rules for AWS solutions and for serverless ones stop the synthesis."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))


def accept(
    stack: cdk.Stack, *, import_sources: Iterable[str] = (), **named: cdk.CfnElement
) -> None:
    """Accept what was reviewed of a stack.

    Args:
        stack: all of it.
        import_sources: other places that lists may be read from, as ``s3://bucket/folder/``.
        named: the resources that rules refer to.
    """
    reviewed = [*_REVIEWED, _review_of_sources(import_sources)]
    Validations.of(stack).acknowledge(_UNUSED_MAPPING)
    written = {
        f"{{{name}}}": stack.get_logical_id(element) for name, element in named.items()
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


def _review_of_sources(urls: Iterable[str]) -> _Review:
    objects = (url.removeprefix("s3://") for url in urls)
    return _Review(
        _READERS_OF_LISTS,
        _wildcards(*(f"Resource::arn:<AWS::Partition>:s3:::{each}*" for each in objects)),
        "The operator named this folder as one that lists are read from",
    )


def _reviews_of(path: str, reviewed: Iterable[_Review]) -> Iterable[_Review]:
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
