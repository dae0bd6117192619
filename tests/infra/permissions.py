"""What each role of prod may do, as it was reviewed: to widen one is to change this table.

A resource is called by its logical id, without what CDK ends it with, or by its ARN from the
service on, without region and account. What is not here: the roles of schedules that only start
their function.
"""

from collections.abc import Mapping
from typing import Final

Rights = Mapping[str, tuple[str, ...]]

# What CDK grants whoever puts on a queue, takes from one, or reads a secret.
_PUT_ON: Final = ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage")
_TAKE_OFF: Final = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
)
_KNOW: Final = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
_LOG: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
# SES checks the sending of a template as an action of its own.
_SEND_EMAIL: Final = ("ses:SendEmail", "ses:SendTemplatedEmail")
# What a stream needs of its destination, and who publishes to it.
_DELIVER: Final = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
_FIND_BUCKET: Final = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
_PUBLISH: Final = ("firehose:PutRecord", "firehose:PutRecordBatch")

# What Lambda attaches a function to the VPC by; EC2 lets none of it be narrowed to a network that
# is not there yet (AWS Lambda Developer Guide, "Required IAM permissions" of VPC access).
_ATTACH: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)

# Beside these, each writes its own log. RDS keeps the cluster's secret.
OF_EVERY_FUNCTION: Final[Rights] = {
    "*": ("xray:PutTelemetryRecords", "xray:PutTraceSegments", *_ATTACH),
    "AuroraCluster": _KNOW,
}

REVIEWED: Final[Mapping[str, Rights]] = {
    "AlertWatchRole": {
        "ses:configuration-set/TrackingReports": ("ses:SendEmail",),
        "ses:identity/example.com": ("ses:SendEmail",),
        "ses:identity/notices@example.com": ("ses:SendEmail",),
    },
    "AnalyticsRole": {},
    "ApiRole": {
        "*": (
            "ses:DeleteSuppressedDestination",
            "ses:GetSuppressedDestination",
            "ses:PutSuppressedDestination",
        ),
        "ArchiveBucket": ("s3:ListBucket",),
        "ArchiveBucket/imports/*": ("s3:GetObject",),
        "ArchiveBucket/reports/*": ("s3:GetObject",),
        "EventsQueue": _PUT_ON,
        "ImportsImportQueue": _PUT_ON,
        "Limiter": ("dynamodb:GetItem",),
        "SendQueuesEmailBulkQueue": _PUT_ON,
        "SendQueuesEmailQueue": _PUT_ON,
        "SendQueuesTextBulkQueue": _PUT_ON,
        "SendQueuesTextQueue": _PUT_ON,
        "SigningKeys": _KNOW,
        "WebhookKey": _KNOW,
        "WebhooksQueue": _PUT_ON,
        "sms-voice:opt-out-list/Default": (
            "sms-voice:DeleteOptedOutNumber",
            "sms-voice:DescribeOptedOutNumbers",
            "sms-voice:PutOptedOutNumber",
        ),
    },
    "ArchiveEmailEventsS3Destination": {
        "ArchiveBucket": _FIND_BUCKET,
        "ArchiveBucket/events/ses/*": _DELIVER,
        "ArchiveBucket/undelivered/ses/*": _DELIVER,
        "ArchiveEmailEventsLog": _LOG,
    },
    "ArchiveTextEventsS3Destination": {
        "ArchiveBucket": _FIND_BUCKET,
        "ArchiveBucket/events/sms/*": _DELIVER,
        "ArchiveBucket/undelivered/sms/*": _DELIVER,
        "ArchiveTextEventsLog": _LOG,
    },
    "BookkeeperRole": {
        "*": ("cloudwatch:GetMetricStatistics",),
    },
    "CanaryRole": {
        "CanarySecret": _KNOW,
    },
    "DeadLetterReaderRole": {
        "EventsDeadLetters": _TAKE_OFF,
        "ImportsImportDeadLetters": _TAKE_OFF,
        "SendQueuesEmailBulkDeadLetters": _TAKE_OFF,
        "SendQueuesEmailDeadLetters": _TAKE_OFF,
        "SendQueuesTextBulkDeadLetters": _TAKE_OFF,
        "SendQueuesTextDeadLetters": _TAKE_OFF,
        "WebhooksDeadLetters": _TAKE_OFF,
    },
    "EventProcessorRole": {
        "ArchiveBucket": ("s3:ListBucket",),
        "ArchiveBucket/events/*": ("s3:GetObject",),
        "ArchiveBucket/events/own/*": ("s3:PutObject",),
        "ArchiveBucket/quarantine/*": ("s3:PutObject",),
        "EventsQueue": _TAKE_OFF,
        "WebhooksQueue": _PUT_ON,
    },
    "ImporterRole": {
        "ArchiveBucket": ("s3:ListBucket",),
        "ArchiveBucket/imports/*": ("s3:GetObject",),
        "ImportsImportQueue": (*_TAKE_OFF, "sqs:SendMessage"),
        "SendQueuesEmailBulkQueue": _PUT_ON,
        "SendQueuesEmailQueue": _PUT_ON,
        "SendQueuesTextBulkQueue": _PUT_ON,
        "SendQueuesTextQueue": _PUT_ON,
    },
    "InventoryRole": {
        "*": ("ses:ListSuppressedDestinations",),
        "ArchiveBucket": ("s3:ListBucket",),
        "ArchiveBucket/events/*": ("s3:GetObject",),
        "ArchiveBucket/quarantine/*": ("s3:PutObject",),
        "sms-voice:opt-out-list/Default": ("sms-voice:DescribeOptedOutNumbers",),
    },
    "MigratorRole": {},
    "ReporterRole": {
        "ArchiveBucket/reports/*": ("s3:PutObject",),
        "MissedReports": _PUT_ON,
        "SigningKeys": _KNOW,
        "ses:configuration-set/TrackingReports": ("ses:SendEmail",),
        "ses:identity/example.com": ("ses:SendEmail",),
        "ses:identity/notices@example.com": ("ses:SendEmail",),
    },
    "ReporterScheduleRole": {
        "MissedReports": _PUT_ON,
        "Reporter": ("lambda:InvokeFunction",),
        "Reporter:*": ("lambda:InvokeFunction",),
    },
    "RetentionRole": {},
    "SenderRole": {
        "*": ("ses:GetAccount",),
        "Limiter": ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        "SendQueuesEmailBulkQueue": _TAKE_OFF,
        "SendQueuesEmailQueue": _TAKE_OFF,
        "SendQueuesTextBulkQueue": _TAKE_OFF,
        "SendQueuesTextQueue": _TAKE_OFF,
        "SigningKeys": _KNOW,
        "ses:configuration-set/TrackingEmail": _SEND_EMAIL,
        "ses:identity/example.com": _SEND_EMAIL,
        "ses:identity/notices@example.com": _SEND_EMAIL,
        "ses:template/*": _SEND_EMAIL,
        "sms-voice:configuration-set/TrackingText": ("sms-voice:SendTextMessage",),
        "sms-voice:phone-number/phone-000000000000000000000000": ("sms-voice:SendTextMessage",),
    },
    "SweeperRole": {
        "SendQueuesEmailBulkQueue": _PUT_ON,
        "SendQueuesEmailQueue": _PUT_ON,
        "SendQueuesTextBulkQueue": _PUT_ON,
        "SendQueuesTextQueue": _PUT_ON,
    },
    "TrackingEmailPublisher": {
        "ArchiveEmailEvents": _PUBLISH,
    },
    "TrackingTextPublisher": {
        "ArchiveTextEvents": _PUBLISH,
    },
    "WebhookDispatcherRole": {
        "WebhookKey": _KNOW,
        "WebhooksQueue": _TAKE_OFF,
    },
}
