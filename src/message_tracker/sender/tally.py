"""Counts what a sender did, as CloudWatch metrics."""

from collections import Counter
from collections.abc import Iterable, Mapping

from aws_lambda_powertools.metrics import MetricUnit

from message_tracker.core import observability
from message_tracker.core.domain.message import Channel, MessageId
from message_tracker.core.domain.outcome import ChannelFault, Outcome, Throttled, Unknown
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.dispatch import ClaimedMessage, Deferred, Settlement

metrics = observability.metrics("sender")

_SETTLED = {
    MessageStatus.SENT: "MessagesSent",
    MessageStatus.FAILED: "MessagesFailed",
    MessageStatus.SUPPRESSED: "MessagesSuppressed",
    MessageStatus.EXPIRED: "MessagesExpired",
}
# An e-mail is one unit of its rate, whatever its size.
_UNITS_SENT = {Channel.EMAIL: "EmailsSent", Channel.TEXT: "SegmentsSent"}


def count_outcomes(outcomes: Iterable[Outcome | None]) -> None:
    """Count what needs a person's eye; None is a slot that was forfeited."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts["Throttled"] += isinstance(outcome, Throttled)
        counts["ChannelFaults"] += isinstance(outcome, ChannelFault)
        counts["OutcomesUnknown"] += isinstance(outcome, Unknown)
        counts["SlotsForfeited"] += outcome is None
    _add(counts)


def count_limiter_unavailable() -> None:
    """Count a chunk that was not sent because the limiter did not answer."""
    _add({"LimiterUnavailable": 1})


def show_skew(shift: int) -> None:
    """Show by how many µs this machine's clock was found to be off."""
    metrics.add_metric(name="ClockSkewMs", unit=MetricUnit.Milliseconds, value=abs(shift) / 1000)


def count_settlements(
    settlements: Iterable[Settlement], messages: Mapping[MessageId, ClaimedMessage]
) -> None:
    """Count what became of messages, and what was sent in the units of each channel's rate."""
    counts: Counter[str] = Counter()
    for settlement in settlements:
        message = messages[settlement.message_id]
        if isinstance(settlement, Deferred):
            counts["MessagesDeferred"] += 1
            continue
        counts[_SETTLED[settlement.status]] += 1
        if settlement.status is MessageStatus.SENT:
            counts[_UNITS_SENT[message.channel]] += message.units
    _add(counts)


def count_circuit_opened() -> None:
    """Count a channel that has just begun to refuse everyone."""
    _add({"CircuitOpened": 1})


def _add(counts: Mapping[str, int]) -> None:
    for name, value in counts.items():
        if value:
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
