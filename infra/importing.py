"""Imports: what wakes the importer, where lists may be, and the function that reads them."""

from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.archive import IMPORTS_PREFIX, Archive, grant_read
from infra.config import StageConfig
from infra.functions import Deployment, TrackerFunction
from infra.messaging import SendQueues
from infra.queue import DurableQueue
from infra.schedules import run_every_minute
from infra.wake_ups import wake
from message_tracker.core.settings import ImporterSettings

_TIMEOUT_SECONDS = 900  # Lambda's longest: a million recipients take minutes
_OLDEST_WAKE_UP = Duration.hours(2)
_CONCURRENCY = 2  # the fewest that Lambda allows; an import is one importer's at a time


class Imports(Construct):
    """The queue that wakes the importer, and where lists may be read from.

    That is the stage's own bucket below `imports/`, and what its configuration lists.
    """

    def __init__(
        self, scope: Construct, construct_id: str, config: StageConfig, archive: Archive
    ) -> None:
        super().__init__(scope, construct_id)
        self.wake_ups = DurableQueue(
            self,
            "Import",
            config,
            name="import",
            consumer_timeout_seconds=_TIMEOUT_SECONDS,
            oldest_message=_OLDEST_WAKE_UP,
        )
        self._archive = archive
        self._others = config.import_sources
        self._places = [(archive.bucket, IMPORTS_PREFIX), *map(self._place, self._others)]

    @property
    def queue_url(self) -> str:
        """The URL of the queue; what is to be done stands in the database."""
        return self.wake_ups.queue.queue_url

    @property
    def urls(self) -> tuple[str, ...]:
        """The beginnings of the objects' URLs."""
        return (f"s3://{self._archive.bucket.bucket_name}/{IMPORTS_PREFIX}", *self._others)

    def grant_wake(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` wake the importer."""
        self.wake_ups.queue.grant_send_messages(grantee)

    def grant_read(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` look for lists and read them."""
        for bucket, prefix in self._places:
            grant_read(bucket, grantee, prefix)

    def _place(self, url: str) -> tuple[s3.IBucket, str]:
        name, _, prefix = url.removeprefix("s3://").partition("/")
        known = self.node.try_find_child(name)
        if known is None:
            return s3.Bucket.from_bucket_name(self, name, name), prefix
        return cast("s3.IBucket", known), prefix


class Importer(TrackerFunction):
    """Reads lists of recipients and accepts their messages, batch by batch."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        deployment: Deployment,
        *,
        queues: SendQueues,
        imports: Imports,
    ) -> None:
        config = deployment.config
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="api.importer",
            settings=ImporterSettings,
            values={
                **queues.settings,
                **config.of_channels("default_region", "text_countries"),
                "import_queue_url": imports.queue_url,
            },
            timeout_seconds=_TIMEOUT_SECONDS,
            concurrency=_CONCURRENCY + 1,  # and that of the schedule
            memory_mb=1024,
        )
        wake(self, imports.wake_ups.queue, batch_size=1, concurrency=_CONCURRENCY)
        run_every_minute(self)  # finds what no wake-up told of
        imports.grant_wake(self)
        imports.grant_read(self)
