"""The alarms: what a person must know before the next report says it."""

from collections.abc import Iterable, Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import StageConfig
from infra.functions import METRICS_NAMESPACE, TrackerFunction
from infra.queue import DurableQueue

_PERIOD = Duration.minutes(5)
_FRESHNESS = "DeliveryToS3.DataFreshness"
_OLDEST_EVENT = Duration.minutes(30)  # Firehose keeps for a day what it cannot deliver


class Alarms(Construct):
    """Alarms on a topic, which the stage's `alarm_recipients` are subscribed to."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self._prefix = config.name
        self._stage = config.stage
        topic = sns.Topic(self, "Topic", topic_name=f"{config.name}-alarms", enforce_ssl=True)
        for recipient in config.alarm_recipients:
            topic.add_subscription(subscriptions.EmailSubscription(recipient))
        self._action = actions.SnsAction(topic)

    def watch_queues(self, queues: Iterable[DurableQueue]) -> None:
        """Alarm while dead letters lie unread, and when messages wait longer than they should."""
        for durable in queues:
            self.watch_letters(durable.dead_letters, durable.node.id)
            age = durable.queue.metric_approximate_age_of_oldest_message(
                period=_PERIOD, statistic="Maximum"
            )
            limit = durable.oldest_message.to_seconds()
            self._alarm(
                f"{durable.node.id}Age", age, limit, "Messages wait longer than they should"
            )

    def watch_letters(self, queue: sqs.Queue, name: str | None = None) -> None:
        """Alarm while letters lie in a dead-letter queue."""
        visible = queue.metric_approximate_number_of_messages_visible(
            period=_PERIOD, statistic="Maximum"
        )
        self._alarm(f"{name or queue.node.id}Letters", visible, 1, "Dead letters lie unread")

    def watch_reading(self, reader: TrackerFunction) -> None:
        """Alarm when a dead letter was read: it is gone from its queue before a period is over."""
        read = reader.metric_invocations(period=_PERIOD, statistic="Sum")
        self._alarm("DeadLettersRead", read, 1, "Messages were dead-lettered and marked as failed")

    def watch_streams(self, streams: Mapping[str, firehose.DeliveryStream]) -> None:
        """Alarm when events reach the archive late."""
        for name, stream in streams.items():
            age = stream.metric(_FRESHNESS, period=_PERIOD, statistic="Maximum")
            limit = _OLDEST_EVENT.to_seconds()
            self._alarm(f"{name}Freshness", age, limit, "Events reach the archive late")

    def watch_errors(self, functions: Mapping[str, TrackerFunction]) -> None:
        """Alarm when a function raises; a message that fails alone is no error of the function."""
        for name, function in functions.items():
            errors = function.metric_errors(period=_PERIOD, statistic="Sum")
            self._alarm(f"{name}Errors", errors, 1, "The function raised: see its log")

    def watch_limiter(self, sender: TrackerFunction) -> None:
        """Alarm when the rate limiter does not answer: then nothing is sent."""
        unavailable = self._count("LimiterUnavailable", sender)
        self._alarm("LimiterUnavailable", unavailable, 1, "The limiter's table does not answer")

    def watch_heartbeat(
        self, name: str, function: TrackerFunction, period: Duration = _PERIOD
    ) -> None:
        """Alarm when a function that runs at least once a period has stopped running."""
        runs = function.metric_invocations(period=period, statistic="Sum")
        self._alarm(f"{name}Stopped", runs, 1, "The function no longer runs", when_below=True)

    def watch_circuits(self, sweeper: TrackerFunction) -> None:
        """Alarm while a channel sends nothing, because its provider refuses everyone."""
        circuits = self._metric("OpenCircuits", sweeper, Duration.minutes(1), "Maximum")
        text = "A channel is parked: `message-tracker circuit show` says why"
        self._alarm("CircuitOpened", circuits, 1, text)

    def watch_webhooks(self, dispatcher: TrackerFunction) -> None:
        """Alarm when an endpoint was disabled: its owner is told nothing any more."""
        disabled = self._count("WebhooksDisabled", dispatcher)
        text = "A webhook was disabled: `message-tracker webhook list` says which and why"
        self._alarm("WebhooksDisabled", disabled, 1, text)

    def watch_books(self, bookkeeper: TrackerFunction) -> None:
        """Alarm when a message is not accounted for, or the providers' events have stopped."""
        off = self._count("BooksOff", bookkeeper)
        text = "The books are off: `message-tracker books` names the messages, and why"
        self._alarm("BooksOff", off, 1, text)

    def watch_archive(self, readers: Iterable[TrackerFunction], inventory: TrackerFunction) -> None:
        """Alarm when what a reader found is no event, and when an object was not announced."""
        for reader in readers:
            quarantined = self._count("RecordsQuarantined", reader)
            text = "Records that are no event: see quarantine/ in the archive's bucket"
            self._alarm(f"{reader.node.id}Quarantined", quarantined, 1, text)
        missed = self._count("ObjectsMissed", inventory)
        self._alarm("ObjectsMissed", missed, 1, "Archived objects were read by the inventory only")

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.Metric,
        threshold: float,
        description: str,
        *,
        when_below: bool = False,
    ) -> None:
        """Alarm at `threshold` and above, or, when silence is the fault, below it."""
        compare, missing = cloudwatch.ComparisonOperator, cloudwatch.TreatMissingData
        alarm = metric.create_alarm(
            self,
            name,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=description,
            threshold=threshold,
            evaluation_periods=3 if when_below else 1,
            comparison_operator=compare.LESS_THAN_THRESHOLD
            if when_below
            else compare.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=missing.BREACHING if when_below else missing.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)

    def _count(self, name: str, function: TrackerFunction) -> cloudwatch.Metric:
        """Return a metric that a function counts by, summed up."""
        return self._metric(name, function, _PERIOD, "Sum")

    def _metric(
        self, name: str, function: TrackerFunction, period: Duration, statistic: str
    ) -> cloudwatch.Metric:
        """Return a metric of a function of this stage, with the very dimensions it writes."""
        return cloudwatch.Metric(
            namespace=METRICS_NAMESPACE,
            metric_name=name,
            dimensions_map={"service": function.service, "stage": self._stage},
            period=period,
            statistic=statistic,
        )
