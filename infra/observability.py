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
from infra.functions import TrackerFunction
from infra.http_api import HttpApi
from infra.measures import PERIOD, counted, freshness, of_account
from infra.queue import DurableQueue
from infra.runbooks import PAGE, Runbook

_OLDEST_EVENT = Duration.minutes(30)  # Firehose keeps for a day what it cannot deliver
# From here on SES looks at the account (SES Developer Guide, "Reputation metrics messages").
_BOUNCE_SHARE = 0.05
_COMPLAINT_SHARE = 0.001
_REPUTATION_PERIOD = Duration.hours(1)
# One answer 503 is a retry's; several are Postgres, which is down, or a fault of ours.
_SERVER_ERRORS = 5


class Alarms(Construct):
    """Alarms on a topic, which the stage's `alarm_recipients` are subscribed to."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self._prefix = config.name
        self._page = config.runbook_url or PAGE
        topic = sns.Topic(self, "Topic", topic_name=f"{config.name}-alarms", enforce_ssl=True)
        for recipient in config.alarm_recipients:
            topic.add_subscription(subscriptions.EmailSubscription(recipient))
        self._action = actions.SnsAction(topic)
        self.all: list[cloudwatch.Alarm] = []

    def watch_queues(self, queues: Iterable[DurableQueue]) -> None:
        """Alarm while dead letters lie unread, and when messages wait longer than they should."""
        for durable in queues:
            name = durable.node.id
            self._watch_letters(durable.dead_letters, name, Runbook.DEAD_LETTERS)
            age = durable.queue.metric_approximate_age_of_oldest_message(
                period=PERIOD, statistic="Maximum"
            )
            self._alarm(f"{name}Age", age, durable.oldest_message.to_seconds(), Runbook.WAITING)

    def watch_missed_reports(self, missed: sqs.Queue) -> None:
        """Alarm while the letter of a report lies there that could not be made."""
        self._watch_letters(missed, missed.node.id, Runbook.REPORT_MISSED)

    def _watch_letters(self, queue: sqs.Queue, name: str, runbook: Runbook) -> None:
        visible = queue.metric_approximate_number_of_messages_visible(
            period=PERIOD, statistic="Maximum"
        )
        self._alarm(f"{name}Letters", visible, 1, runbook)

    def watch_reading(self, reader: TrackerFunction) -> None:
        """Alarm when a dead letter was read: it is gone from its queue before a period is over."""
        read = reader.metric_invocations(period=PERIOD, statistic="Sum")
        self._alarm("DeadLettersRead", read, 1, Runbook.DEAD_LETTERS_READ)

    def watch_streams(self, streams: Mapping[str, firehose.DeliveryStream]) -> None:
        """Alarm when events reach the archive late."""
        for name, stream in streams.items():
            limit = _OLDEST_EVENT.to_seconds()
            self._alarm(f"{name}Freshness", freshness(stream), limit, Runbook.EVENTS_LATE)

    def watch_errors(self, functions: Mapping[str, TrackerFunction]) -> None:
        """Alarm when a function raises; a message that fails alone is no error of the function.

        Where there is no room for an invocation is one alarm of the account: the room is shared.
        """
        for name, function in functions.items():
            errors = function.metric_errors(period=PERIOD, statistic="Sum")
            self._alarm(f"{name}Errors", errors, 1, Runbook.ERRORS)
        throttles = of_account("AWS/Lambda", "Throttles")
        self._alarm("FunctionsThrottled", throttles, 1, Runbook.THROTTLES)

    def watch_api(self, api: HttpApi) -> None:
        """Alarm when callers are told that it is not their fault."""
        errors = api.stage.metric_server_error(period=PERIOD, statistic="Sum")
        self._alarm("ApiServerErrors", errors, _SERVER_ERRORS, Runbook.SERVER_ERRORS)

    def watch_limiter(self, sender: TrackerFunction) -> None:
        """Alarm when the rate limiter does not answer: then nothing is sent."""
        unavailable = counted(sender, "LimiterUnavailable")
        self._alarm("LimiterUnavailable", unavailable, 1, Runbook.LIMITER_UNAVAILABLE)

    def watch_heartbeat(
        self, name: str, function: TrackerFunction, period: Duration = PERIOD
    ) -> None:
        """Alarm when a function that runs at least once a period has stopped running."""
        runs = function.metric_invocations(period=period, statistic="Sum")
        self._alarm(f"{name}Stopped", runs, 1, Runbook.STOPPED, when_below=True)

    def watch_circuits(self, sweeper: TrackerFunction) -> None:
        """Alarm while a channel sends nothing, because its provider refuses everyone."""
        circuits = counted(sweeper, "OpenCircuits", statistic="Maximum", period=Duration.minutes(1))
        self._alarm("CircuitOpened", circuits, 1, Runbook.CIRCUIT_OPEN)

    def watch_reputation(self) -> None:
        """Alarm before SES puts the account under review, which it judges as a whole."""
        shares = {
            "BounceRate": (_BOUNCE_SHARE, Runbook.BOUNCES),
            "ComplaintRate": (_COMPLAINT_SHARE, Runbook.COMPLAINTS),
        }
        for name, (share, runbook) in shares.items():
            rate = of_account(
                "AWS/SES", f"Reputation.{name}", statistic="Maximum", period=_REPUTATION_PERIOD
            )
            self._alarm(name, rate, share, runbook)

    def watch_webhooks(self, dispatcher: TrackerFunction) -> None:
        """Alarm when an endpoint was disabled: its owner is told nothing any more."""
        disabled = counted(dispatcher, "WebhooksDisabled")
        self._alarm("WebhooksDisabled", disabled, 1, Runbook.WEBHOOK_DISABLED)

    def watch_books(self, bookkeeper: TrackerFunction) -> None:
        """Alarm when a message is not accounted for, or the providers' events have stopped."""
        self._alarm("BooksOff", counted(bookkeeper, "BooksOff"), 1, Runbook.BOOKS_OFF)
        silent = counted(bookkeeper, "SentWithoutEvents")
        self._alarm("SentWithoutEvents", silent, 1, Runbook.NO_EVENTS)

    def watch_canary(self, canary: TrackerFunction, every: Duration) -> None:
        """Alarm when what the canary sent was not delivered in time, and when it flies no more."""
        failed = counted(canary, "CanaryFailed", period=every)
        self._alarm("CanaryFailed", failed, 1, Runbook.CANARY_FAILED)
        self.watch_heartbeat("Canary", canary, every)

    def watch_archive(self, readers: Iterable[TrackerFunction], inventory: TrackerFunction) -> None:
        """Alarm when what a reader found is no event, and when an object was not announced."""
        for reader in readers:
            quarantined = counted(reader, "RecordsQuarantined")
            self._alarm(f"{reader.node.id}Quarantined", quarantined, 1, Runbook.QUARANTINED)
        missed = counted(inventory, "ObjectsMissed")
        self._alarm("ObjectsMissed", missed, 1, Runbook.OBJECTS_MISSED)

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.Metric,
        threshold: float,
        runbook: Runbook,
        *,
        when_below: bool = False,
    ) -> None:
        """Alarm at `threshold` and above, or, when silence is the fault, below it."""
        compare, missing = cloudwatch.ComparisonOperator, cloudwatch.TreatMissingData
        alarm = metric.create_alarm(
            self,
            name,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=runbook.told(self._page),
            threshold=threshold,
            evaluation_periods=3 if when_below else 1,
            comparison_operator=compare.LESS_THAN_THRESHOLD
            if when_below
            else compare.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=missing.BREACHING if when_below else missing.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        self.all.append(alarm)
