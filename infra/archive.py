"""The archive: every event as the provider sent it, in S3, from which all else can be rebuilt.

Below `events/` lie the providers' events, below `quarantine/` what could not be read of them,
below `reports/` every report that was sent. Below `imports/` operators put lists of recipients.
"""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import StageConfig
from infra.encryption import key_of
from infra.log_group import TrackerLogGroup
from message_tracker.core.domain.message import Channel

EVENTS_PREFIX = "events/"
QUARANTINE_PREFIX = "quarantine/"
PROVIDERS = {Channel.EMAIL: "ses", Channel.TEXT: "sms"}
# Hits on our own links, which the event processor puts there itself, having read them.
OWN_PREFIX = f"{EVENTS_PREFIX}own/"
REPORTS_PREFIX = "reports/"
IMPORTS_PREFIX = "imports/"
# What Firehose could not deliver has another format; it lies where no rule looks.
UNDELIVERED_PREFIX = "undelivered/"
# A day's folder, as Firehose spells it. Keys hold no blank, plus or percent sign, which S3's
# notifications would encode.
_HOUR = "!{timestamp:yyyy/MM/dd/HH}/"
_RARELY_READ_AFTER = Duration.days(30)
_QUARANTINE_KEPT = Duration.days(90)
_NONCURRENT_KEPT = Duration.days(30)
_IMPORTS_KEPT = Duration.days(30)


class Archive(Construct):
    """The bucket, and one delivery stream into it for each channel's events."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        key = key_of(self)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=config.keeps_data,
            lifecycle_rules=_lifecycle(config),
            removal_policy=RemovalPolicy.RETAIN if config.keeps_data else RemovalPolicy.DESTROY,
        )
        _announce_objects(self.bucket)
        self.streams = {
            channel: self._stream(f"{channel.title()}Events", config, PROVIDERS[channel])
            for channel in config.channels
        }

    @property
    def streams_by_name(self) -> dict[str, firehose.DeliveryStream]:
        """The streams, by what they carry."""
        return {stream.node.id: stream for stream in self.streams.values()}

    @property
    def dated_prefixes(self) -> tuple[str, ...]:
        """The prefixes of the streams' keys, up to the folder of a day."""
        return tuple(f"{EVENTS_PREFIX}{PROVIDERS[channel]}/" for channel in self.streams)

    def _stream(
        self, construct_id: str, config: StageConfig, provider: str
    ) -> firehose.DeliveryStream:
        """Return a stream that puts what it is given below `events/<provider>/`, gzipped."""
        name = f"{config.name}-{provider}-events"
        log_group = TrackerLogGroup(
            self, f"{construct_id}Log", config, name=f"/aws/kinesisfirehose/{name}"
        )
        role = self._writer(f"{construct_id}S3Destination", provider, log_group)
        stream = firehose.DeliveryStream(
            self,
            construct_id,
            delivery_stream_name=name,
            role=role,
            encryption=firehose.StreamEncryption.customer_managed_key(key)
            if (key := key_of(self))
            else firehose.StreamEncryption.aws_owned_key(),
            destination=firehose.S3Bucket(
                self.bucket,
                compression=firehose.Compression.GZIP,
                data_output_prefix=f"{EVENTS_PREFIX}{provider}/{_HOUR}",
                error_output_prefix=(
                    f"{UNDELIVERED_PREFIX}{provider}/!{{firehose:error-output-type}}/{_HOUR}"
                ),
                buffering_interval=Duration.seconds(config.archive_buffer_seconds),
                buffering_size=Size.mebibytes(config.archive_buffer_mebibytes),
                logging_config=firehose.EnableLogging(log_group),
                role=role.without_policy_updates(),
            ),
        )
        stream.node.add_dependency(role)  # Firehose tries it when it is named
        return stream

    def _writer(self, construct_id: str, provider: str, log_group: TrackerLogGroup) -> iam.Role:
        """Return the role by which a stream writes what Firehose's guide lists, and no more.

        CDK's own may also delete, and anything in the bucket (Amazon Data Firehose developer
        guide, "Grant Firehose access to an Amazon S3 destination").
        """
        role = iam.Role(
            self, construct_id, assumed_by=iam.ServicePrincipal("firehose.amazonaws.com")
        )
        for prefix in (f"{EVENTS_PREFIX}{provider}/", f"{UNDELIVERED_PREFIX}{provider}/"):
            _grant(
                self.bucket,
                role,
                prefix,
                "s3:AbortMultipartUpload",
                "s3:GetObject",
                "s3:PutObject",
                on_bucket=(
                    "s3:GetBucketLocation",
                    "s3:ListBucket",
                    "s3:ListBucketMultipartUploads",
                ),
            )
        log_group.grant_write(role)
        return role

    def grant_read_events(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read what the providers wrote."""
        grant_read(self.bucket, grantee, EVENTS_PREFIX)

    def grant_keep_hits(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` keep hits on our own links."""
        _grant_put(self.bucket, grantee, OWN_PREFIX)

    def grant_quarantine(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` set aside what it could not read."""
        _grant_put(self.bucket, grantee, QUARANTINE_PREFIX)

    def grant_read_reports(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read reports."""
        grant_read(self.bucket, grantee, REPORTS_PREFIX)

    def grant_keep_reports(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` keep reports."""
        _grant_put(self.bucket, grantee, REPORTS_PREFIX)


def grant_read(bucket: s3.IBucket, grantee: iam.IGrantable, prefix: str) -> None:
    """Let `grantee` read what lies below a prefix, and know what is not there.

    Without the right to list, S3 says of an object that is missing that it is forbidden.
    """
    _grant(bucket, grantee, prefix, "s3:GetObject", on_bucket=("s3:ListBucket",))
    if bucket.encryption_key:
        bucket.encryption_key.grant_decrypt(grantee)


def _grant_put(bucket: s3.IBucket, grantee: iam.IGrantable, prefix: str) -> None:
    _grant(bucket, grantee, prefix, "s3:PutObject")
    if bucket.encryption_key:
        bucket.encryption_key.grant(grantee, "kms:GenerateDataKey")


def _grant(
    bucket: s3.IBucket,
    grantee: iam.IGrantable,
    prefix: str,
    *on_objects: str,
    on_bucket: Sequence[str] = (),
) -> None:
    """Grant single actions: CDK's own grants have wildcards over kinds of them."""
    iam.Grant.add_to_principal(
        grantee=grantee,
        actions=list(on_objects),
        resource_arns=[bucket.arn_for_objects(f"{prefix}*")],
    )
    if on_bucket:
        iam.Grant.add_to_principal(
            grantee=grantee, actions=list(on_bucket), resource_arns=[bucket.bucket_arn]
        )


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
        s3.LifecycleRule(prefix=UNDELIVERED_PREFIX, expiration=kept),
        s3.LifecycleRule(prefix=IMPORTS_PREFIX, expiration=_IMPORTS_KEPT),
        s3.LifecycleRule(
            noncurrent_version_expiration=_NONCURRENT_KEPT,
            abort_incomplete_multipart_upload_after=Duration.days(7),
        ),
    ]
