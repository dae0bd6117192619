"""The findings of cdk-nag that were looked at and accepted, each with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass

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
READERS_OF_LISTS = ("ApiRole", "ImporterRole")
_RUNTIME = "The runtime is raised together with the locked wheels, not with CDK"
_PREFIX = "All objects below one prefix of the archive, and none beside it"


@dataclass(frozen=True, slots=True)
class Review:
    """What is accepted of the constructs whose path below the stack matches one of the patterns.

    `{Archive}` in a rule is the logical id of the archive's bucket, `{Sweeper}` of that function.
    """

    constructs: Sequence[str]
    rules: Sequence[str]
    reason: str


def wildcards(*findings: str) -> list[str]:
    """Return the rules that each of these rights of a role breaks."""
    return [f"AwsSolutions-IAM5[{finding}]" for finding in findings]


REVIEWED = (
    Review(
        ["*Role"],
        wildcards("Resource::*"),
        "X-Ray's actions, which tracing needs, SES' GetAccount and its suppression list, and the "
        "reading of CloudWatch's metrics know no resource",
    ),
    Review(
        ["*Role", "Archive/*S3Destination"],
        wildcards("Action::kms:GenerateDataKey*", "Action::kms:ReEncrypt*"),
        "CDK's grant of the stage's one key, with a wildcard over kinds of one action",
    ),
    Review(
        ["SenderRole"],
        wildcards("Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:template/*"),
        "A request may name any SES template of the account; the From address is the stage's own",
    ),
    Review(
        ["Archive/*S3Destination"],
        wildcards(
            *(
                f"Resource::<{{Archive}}.Arn>/{folder}{provider}/*"
                for folder in (EVENTS_PREFIX, UNDELIVERED_PREFIX)
                for provider in PROVIDERS.values()
            )
        ),
        _PREFIX,
    ),
    Review(
        ["EventProcessorRole", "InventoryRole"],
        wildcards(
            f"Resource::<{{Archive}}.Arn>/{EVENTS_PREFIX}*",
            f"Resource::<{{Archive}}.Arn>/{QUARANTINE_PREFIX}*",
        ),
        _PREFIX,
    ),
    Review(
        READERS_OF_LISTS,
        wildcards(f"Resource::<{{Archive}}.Arn>/{IMPORTS_PREFIX}*"),
        _PREFIX,
    ),
    Review(
        ["ApiRole"],
        wildcards(f"Resource::<{{Archive}}.Arn>/{REPORTS_PREFIX}*"),
        _PREFIX,
    ),
    Review(
        ["ReporterRole"],
        wildcards(f"Resource::<{{Archive}}.Arn>/{REPORTS_PREFIX}*"),
        _PREFIX,
    ),
    Review(
        ["SchedulerRoleForTarget-*", "*/ScheduleRole"],
        wildcards(
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
    Review(
        ["EventProcessorRole"],
        wildcards(f"Resource::<{{Archive}}.Arn>/{OWN_PREFIX}*"),
        _PREFIX,
    ),
    Review(
        ["SigningKeys"],
        ["AwsSolutions-SMG4"],
        "A new key is put beside the old one, whose links in sent mail still work; AWS would "
        "replace it",
    ),
    Review(
        ["WebhookKey"],
        ["AwsSolutions-SMG4"],
        "Another key would leave the secrets unreadable that were sealed with this one",
    ),
    Review(
        ["Network/Vpc"],
        ["AwsSolutions-VPC7"],
        "Flow logs would tell at which hours whose webhook was called; a team that wants them adds "
        "them to the VPC",
    ),
    Review(
        ["Aurora/Cluster"],
        ["AwsSolutions-RDS6"],
        "RDS makes, keeps and rotates the password, which one read of a secret brings",
    ),
    Review(
        ["Aurora/Cluster"],
        ["AwsSolutions-RDS10"],
        "Only a stage that says it keeps no data goes without deletion protection",
    ),
    Review(
        ["CanarySecret"],
        ["AwsSolutions-SMG4"],
        "Its key opens the way to the simulators alone; a new value is a new key at the next run",
    ),
    Review(
        ["Archive/Bucket"],
        ["AwsSolutions-S1"],
        "Access logs would keep who read what beside the archive; CloudTrail's data events, where "
        "a team wants them, keep it out of the stack's reach",
    ),
    Review(
        ["*/DeadLetters", "MissedReports"],
        ["AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"],
        _DEAD_LETTERS,
    ),
    Review(
        ["HttpApi/Api"],
        ["AwsSolutions-APIG4"],
        "The function checks the API key of every route but /health, which tells nothing, "
        "/events/sns, where it checks the signature of SNS and the topic, and the links in mail, "
        "where it checks their signed tokens",
    ),
    Review(
        _FUNCTIONS,
        ["AwsSolutions-L1", "Serverless-LambdaLatestVersion"],
        _RUNTIME,
    ),
    Review(
        [name for name in _FUNCTIONS if name != "Api"],
        ["Serverless-LambdaTracing"],
        "Where the stage asks for it, X-Ray records the API's runs alone: queues begin a run or "
        "more in each second, and a trace of one says what its duration does",
    ),
    Review(
        _FUNCTIONS,
        ["Serverless-LambdaDLQ"],
        "What fails stays on the queue that it came from; a report that fails leaves a letter by "
        "its failure destination; nobody waits for a minute's sweep, the next one does the same",
    ),
    Review(
        ["Sender", "Importer", "EventProcessor", "DeadLetterReader", "WebhookDispatcher"],
        ["Serverless-LambdaEventSourceMappingDestination"],
        "SQS sources have no failure destination: their queues dead-letter",
    ),
    Review(
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
    Review(
        ["Migrator"],
        ["Serverless-LambdaAsyncFailureDestination"],
        "CloudFormation waits for its answer and fails the deployment without one",
    ),
    Review(
        ["Alarms/Topic"],
        ["Serverless-SNSRedrivePolicy"],
        "An e-mail subscription's mail cannot be sent again to any use: the alarm itself stands",
    ),
)
