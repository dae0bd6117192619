"""The dashboard: how the stage does, on one page, from what is sent to what it costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import StageConfig
from infra.functions import TrackerFunction
from infra.http_api import HttpApi
from infra.measures import PERIOD, counted, freshness, of_account
from infra.messaging import LimiterTable
from infra.queue import DurableQueue

_WIDTH = 24  # of CloudWatch's grid
_HEIGHT = 6
_SHOWN = Duration.hours(3)
# A rate over more than a minute would hide the seconds in which it is used up.
_RATE_PERIOD = Duration.minutes(1)
_SENT_AND_NOT = (
    "MessagesSent",
    "MessagesFailed",
    "MessagesSuppressed",
    "MessagesExpired",
    "MessagesDeferred",
)
_FLIGHT = ("CanaryFailed", "CanaryEmailSeconds", "CanaryTextSeconds")
_TROUBLE = ("Throttled", "ChannelFaults", "OutcomesUnknown", "SlotsForfeited", "LimiterUnavailable")


@dataclass(frozen=True, slots=True)
class _Graph:
    """Metrics over time, and the line that they should stay below."""

    title: str
    metrics: Sequence[cloudwatch.IMetric]
    limit: float | None = None

    def widget(self, width: float) -> cloudwatch.GraphWidget:
        lines = (
            []
            if self.limit is None
            else [cloudwatch.HorizontalAnnotation(value=self.limit, label="configured")]
        )
        return cloudwatch.GraphWidget(
            title=self.title,
            left=self.metrics,
            left_annotations=lines,
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
            width=width,
            height=_HEIGHT,
        )


class Dashboard(cloudwatch.Dashboard):
    """One page for each stage, called as its stack is.

    Outcomes are the account's as AWS counts them: what other applications send is among them.
    """

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(scope, construct_id, dashboard_name=config.name, default_interval=_SHOWN)
        self._config = config

    def show_alarms(self, alarms: Sequence[cloudwatch.Alarm]) -> None:
        """Show which alarms stand now."""
        self.add_widgets(
            cloudwatch.AlarmStatusWidget(
                title="Alarms", alarms=alarms, width=_WIDTH, height=_HEIGHT
            )
        )

    def show_sending(self, api: TrackerFunction, sender: TrackerFunction) -> None:
        """Show what is accepted and sent, how much of the rates is used, and what hinders it."""
        self._row(
            _Graph(
                "Accepted and sent",
                [
                    counted(api, "MessagesAccepted"),
                    *(counted(sender, one) for one in _SENT_AND_NOT),
                ],
            ),
            _rate(
                "SMS segments a second",
                sender,
                "SegmentsSent",
                self._config.text_segments_per_second,
            ),
            _rate("E-mails a second", sender, "EmailsSent", self._config.email_per_second),
            _Graph("Hindrances", [counted(sender, one) for one in _TROUBLE]),
        )

    def show_outcomes(self, canary: TrackerFunction) -> None:
        """Show what the providers say became of it, and how long the canary took."""
        self._row(
            _Graph(
                "E-mails of the account",
                [of_account("AWS/SES", one) for one in ("Send", "Delivery", "Bounce", "Complaint")],
            ),
            _Graph(
                "Reputation",
                [
                    of_account("AWS/SES", f"Reputation.{one}", statistic="Maximum")
                    for one in ("BounceRate", "ComplaintRate")
                ],
            ),
            _Graph(
                "SMS parts of the account",
                [
                    of_account("AWS/SMSVoice", f"NumberOfTextMessageParts{one}")
                    for one in ("Sent", "Delivered")
                ],
            ),
            _Graph("The canary", [counted(canary, one, statistic="Maximum") for one in _FLIGHT]),
        )

    def show_events(
        self,
        processor: TrackerFunction,
        sweeper: TrackerFunction,
        streams: Mapping[str, firehose.DeliveryStream],
    ) -> None:
        """Show how many events come, how late, and what waits for a sweep."""
        lag = [
            counted(processor, "EventLagSeconds", statistic=one, label=one)
            for one in ("p50", "Maximum")
        ]
        events = ("EventsRead", "EventsMatched", "EventsUnmatched", "RecordsQuarantined")
        swept = (
            "Enqueued",
            "MessagesSettledByEvents",
            "UnconfirmedRetried",
            "Unconfirmed",
            "OpenCircuits",
        )
        self._row(
            _Graph("Events", [counted(processor, one) for one in events]),
            _Graph("Seconds until an event is stored", lag),
            _Graph(
                "Seconds until an event is archived",
                [freshness(stream) for stream in streams.values()],
            ),
            _Graph("Swept", [counted(sweeper, one) for one in swept]),
        )

    def show_queues(self, queues: Iterable[DurableQueue]) -> None:
        """Show how much waits, for how long, and what was given up."""
        found = list(queues)
        self._row(
            _Graph("Messages waiting", [_visible(each.queue, each) for each in found]),
            _Graph(
                "Seconds waited",
                [
                    each.queue.metric_approximate_age_of_oldest_message(
                        period=PERIOD, statistic="Maximum", label=each.node.id
                    )
                    for each in found
                ],
            ),
            _Graph("Dead letters", [_visible(each.dead_letters, each) for each in found]),
        )

    def show_functions(self, functions: Mapping[str, TrackerFunction]) -> None:
        """Show what fails, what finds no room, and how long it takes."""
        each = functions.items()
        self._row(
            _Graph("Errors", [one.metric_errors(period=PERIOD, label=name) for name, one in each]),
            _Graph(
                "Throttles", [one.metric_throttles(period=PERIOD, label=name) for name, one in each]
            ),
            _Graph(
                "Milliseconds, of 95 % of runs",
                [
                    one.metric_duration(period=PERIOD, statistic="p95", label=name)
                    for name, one in each
                ],
            ),
        )

    def show_api(
        self, api: HttpApi, dispatcher: TrackerFunction, bookkeeper: TrackerFunction
    ) -> None:
        """Show how callers fare, those we call back, and whether the books balance."""
        called = ("CallbacksDelivered", "CallbacksFailed", "WebhooksDisabled")
        stage = api.stage
        self._row(
            _Graph(
                "Answers",
                [
                    stage.metric_client_error(period=PERIOD),
                    stage.metric_server_error(period=PERIOD),
                ],
            ),
            _Graph(
                "Milliseconds to an answer",
                [
                    stage.metric_latency(period=PERIOD, statistic=one, label=one)
                    for one in ("p50", "p99")
                ],
            ),
            _Graph("Callbacks", [counted(dispatcher, one) for one in called]),
            _Graph(
                "Books", [counted(bookkeeper, one) for one in ("BooksOff", "SentWithoutEvents")]
            ),
        )

    def show_cost(
        self,
        api: HttpApi,
        functions: Mapping[str, TrackerFunction],
        streams: Mapping[str, firehose.DeliveryStream],
        limiter: LimiterTable,
    ) -> None:
        """Show what is paid for by use."""
        self._row(
            _Graph("Requests", [api.stage.metric_count(period=PERIOD)]),
            _Graph(
                "Invocations",
                [
                    one.metric_invocations(period=PERIOD, label=name)
                    for name, one in functions.items()
                ],
            ),
            _Graph(
                "Bytes streamed",
                [
                    stream.metric_incoming_bytes(period=PERIOD, statistic="Sum")
                    for stream in streams.values()
                ],
            ),
            _Graph(
                "Limiter's write units",
                [limiter.metric_consumed_write_capacity_units(period=PERIOD)],
            ),
        )

    def _row(self, *graphs: _Graph) -> None:
        """Add graphs beside one another, as wide as there is room."""
        self.add_widgets(*(graph.widget(_WIDTH / len(graphs)) for graph in graphs))


def _rate(title: str, sender: TrackerFunction, sent: str, configured: float) -> _Graph:
    """Return how much of a rate is used, beside the whole."""
    used = cloudwatch.MathExpression(
        expression="sent / PERIOD(sent)",
        using_metrics={"sent": counted(sender, sent, period=_RATE_PERIOD)},
        period=_RATE_PERIOD,
        label="used",
    )
    return _Graph(title, [used], limit=configured)


def _visible(queue: sqs.Queue, durable: DurableQueue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(
        period=PERIOD, statistic="Maximum", label=durable.node.id
    )
