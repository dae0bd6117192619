"""The archive: every event as the provider sent it, in S3, from which all else can be rebuilt.

Below `events/` lie the providers' events, below `quarantine/` what could not be read of them,
below `reports/` every report that was sent. Below `imports/` operators put lists of recipients.
"""

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import StageConfig
from infra.log_group import TrackerLogGroup

EVENTS_PREFIX = "events/"
QUARANTINE_PREFIX = "quarantine/"
_EMAIL, _TEXT = "ses", "sms"
# Up to the folder of a day: see _HOUR.
DATED_PREFIXES = tuple(f"{EVENTS_PREFIX}{provider}/" for provider in (_EMAIL, _TEXT))
# Hits on our own links, which the event processor puts there itself, having read them.
OWN_PREFIX = f"{EVENTS_PREFIX}own/"
REPORTS_PREFIX = "reports/"
IMPORTS_PREFIX = "imports/"
# What Firehose could not deliver has another format; it lies where no rule looks.
_UNDELIVERED_PREFIX = "undelivered/"
# A day's folder, as Firehose spells it. Keys hold no blank, plus or percent sign, which S3's
# notifications would encode.
_HOUR = "!{timestamp:yyyy/MM/dd/HH}/"
_RARELY_READ_AFTER = Duration.days(30)
_QUARANTINE_KEPT = Duration.days(90)
_NONCURRENT_KEPT = Duration.days(30)
_IMPORTS_KEPT = Duration.days(30)


class Archive(Construct):
    """The bucket, and one delivery stream into it for each provider."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=config.keeps_data,
            lifecycle_rules=_lifecycle(config),
            removal_policy=RemovalPolicy.RETAIN if config.keeps_data else RemovalPolicy.DESTROY,
        )
        _announce_objects(self.bucket)
        self.email_events = self._stream("EmailEvents", config, _EMAIL)
        self.text_events = self._stream("TextEvents", config, _TEXT)

    @property
    def streams(self) -> dict[str, firehose.DeliveryStream]:
        """Both streams, by what they carry."""
        return {"EmailEvents": self.email_events, "TextEvents": self.text_events}

    def _stream(
        self, construct_id: str, config: StageConfig, provider: str
    ) -> firehose.DeliveryStream:
        """Return a stream that puts what it is given below `events/<provider>/`, gzipped."""
        name = f"{config.name}-{provider}-events"
        log_group = TrackerLogGroup(
            self, f"{construct_id}Log", config, name=f"/aws/kinesisfirehose/{name}"
        )
        return firehose.DeliveryStream(
            self,
            construct_id,
            delivery_stream_name=name,
            encryption=firehose.StreamEncryption.aws_owned_key(),
            destination=firehose.S3Bucket(
                self.bucket,
                compression=firehose.Compression.GZIP,
                data_output_prefix=f"{EVENTS_PREFIX}{provider}/{_HOUR}",
                error_output_prefix=(
                    f"{_UNDELIVERED_PREFIX}{provider}/!{{firehose:error-output-type}}/{_HOUR}"
                ),
                buffering_interval=Duration.seconds(config.archive_buffer_seconds),
                buffering_size=Size.mebibytes(config.archive_buffer_mebibytes),
                logging_config=firehose.EnableLogging(log_group),
            ),
        )

    def grant_read_events(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read what the providers wrote."""
        self.bucket.grant_read(grantee, f"{EVENTS_PREFIX}*")

    def grant_keep_hits(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` keep hits on our own links."""
        self.bucket.grant_put(grantee, f"{OWN_PREFIX}*")

    def grant_quarantine(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` set aside what it could not read."""
        self.bucket.grant_put(grantee, f"{QUARANTINE_PREFIX}*")

    def grant_read_reports(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read reports."""
        self.bucket.grant_read(grantee, f"{REPORTS_PREFIX}*")

    def grant_keep_reports(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` keep reports."""
        self.bucket.grant_put(grantee, f"{REPORTS_PREFIX}*")


def _announce_objects(bucket: s3.Bucket) -> None:
    """Let EventBridge know of new objects.

    By the resource's own property: CDK's `event_bridge_enabled` would deploy a function with
    rights on every bucket, to set the same.
    """
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)  # noqa: S101 - narrows the type
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
            event_bridge_enabled=True
        )
    )


def _lifecycle(config: StageConfig) -> list[s3.LifecycleRule]:
    kept = Duration.days(config.archive_retention_days)
    return [
        s3.LifecycleRule(
            prefix=EVENTS_PREFIX,
            expiration=kept,
            transitions=[
                s3.Transition(
                    storage_class=s3.StorageClass.INFREQUENT_ACCESS,
                    transition_after=_RARELY_READ_AFTER,
                )
            ],
        ),
        s3.LifecycleRule(prefix=REPORTS_PREFIX, expiration=kept),
        s3.LifecycleRule(prefix=QUARANTINE_PREFIX, expiration=_QUARANTINE_KEPT),
        s3.LifecycleRule(prefix=_UNDELIVERED_PREFIX, expiration=kept),
        s3.LifecycleRule(prefix=IMPORTS_PREFIX, expiration=_IMPORTS_KEPT),
        s3.LifecycleRule(
            noncurrent_version_expiration=_NONCURRENT_KEPT,
            abort_incomplete_multipart_upload_after=Duration.days(7),
        ),
    ]
