"""What the same messages cost in the simple way, at the same prices.

A request and a queue's message for each message, an invocation for each message and each event, and
in each a commit and lines of log.
"""

from message_tracker.cli.cost.bill import GB, Line, Runs, line
from message_tracker.cli.cost.campaign import kept_logs
from message_tracker.cli.cost.figures import Figures
from message_tracker.cli.cost.machinery import Machinery
from message_tracker.core.domain.message import Channel

_IO_BYTES = 4096
_SQS_REQUESTS = 3  # send, receive, delete


def naive(channel: Channel, messages: float, machinery: Machinery, figures: Figures) -> list[Line]:
    """Return the lines of so many messages of a channel; functions have the stage's memory."""
    prices, design = figures.prices, figures.naive
    events = messages * figures.measured.of(channel).events
    stored = messages * design.row_bytes + events * design.event_row_bytes
    writes = messages * (design.message_wal_bytes / _IO_BYTES + design.commits_per_message)
    writes += events * (design.event_wal_bytes / _IO_BYTES + 1)

    def runs(what: str, function: str, number: float, seconds: float) -> list[Line]:
        each = Runs(
            what,
            machinery.memory_mb[function],
            number,
            waiting_seconds=number * seconds,
            log_bytes=number * (figures.assumed.platform_log_bytes + design.log_bytes),
        )
        return each.lines(prices, kept_logs(machinery, figures))

    return [
        line("intake", "HTTP API requests", messages, prices.api_request),
        *runs("intake", "api", messages, design.intake_seconds),
        line("sending", "SQS requests", _SQS_REQUESTS * messages, prices.sqs_request),
        line("sending", "DynamoDB writes", messages, prices.dynamodb_write),
        line("sending", "DynamoDB reads", messages, prices.dynamodb_read),
        *runs("sending", "sender", messages, design.send_seconds),
        line("reading", "SNS requests", events, prices.sns_request),
        *runs("reading", "event-processor", events, design.event_seconds),
        line("Postgres", "Aurora writes", writes, prices.aurora_io),
        line("Postgres", "Aurora GB-months", stored / GB, prices.aurora_gb_month),
    ]
