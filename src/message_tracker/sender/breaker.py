"""Watches what comes of one chunk's calls, and opens or closes the channel's circuit by it."""

from collections.abc import Sequence
from datetime import datetime

from message_tracker.core import observability
from message_tracker.core.domain.circuit import isolate_faults
from message_tracker.core.domain.message import Channel, MessageId
from message_tracker.core.domain.outcome import Accepted, ChannelFault, Outcome
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.dispatch import ClaimedMessage
from message_tracker.sender.tally import count_circuit_opened
from message_tracker.sender.verdict import storable

logger = observability.logger("sender")


class Breaker:
    """One chunk's view of its channel's circuit.

    Args:
        circuits: where the fleet keeps them.
        channel: the chunk's.
    """

    def __init__(self, circuits: Circuits, channel: Channel) -> None:
        self._circuits = circuits
        self._channel = channel
        self._fault: ChannelFault | None = None
        self._faulted: MessageId | None = None
        self._proved_by: MessageId | None = None

    @property
    def is_tripped(self) -> bool:
        """Whether a call met a fault of the channel: then no further one is made."""
        return self._fault is not None

    def judge(
        self, messages: Sequence[ClaimedMessage], outcomes: Sequence[Outcome | None]
    ) -> list[Outcome | None]:
        """Return the outcomes of the messages' calls, faults told from those of a message alone."""
        judged = isolate_faults(outcomes)
        for message, outcome in zip(messages, judged, strict=True):
            if isinstance(outcome, ChannelFault):
                self._fault, self._faulted = outcome, message.message_id
            elif isinstance(outcome, Accepted) and message.is_probe:
                self._proved_by = message.message_id
        return judged

    def report(self, now: datetime) -> None:
        """Open the circuit, or close it, if the chunk gave reason to; most chunks give none."""
        if self._fault is not None and self._faulted is not None:
            self._open(self._fault, self._faulted, now)
        elif self._proved_by is not None and self._circuits.close_by_probe(
            self._channel, self._proved_by
        ):
            logger.info("the circuit is closed", extra={"channel": self._channel})

    def _open(self, fault: ChannelFault, message_id: MessageId, now: datetime) -> None:
        kept = ChannelFault(fault.cause, storable(fault.detail))
        if self._circuits.open(self._channel, kept, message_id, now=now):
            logger.error(
                "the circuit is open: the channel sends nothing until a probe goes through",
                extra={"channel": self._channel, "cause": fault.cause},
            )
            count_circuit_opened()
