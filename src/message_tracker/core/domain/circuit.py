"""The circuit of a channel: open while its provider refuses everyone, so that nobody fails for it.

While a circuit is open nothing of its channel is sent but one message at a time, a *probe*. The
first that the provider takes closes the circuit; each that meets the fault again doubles the wait
for the next. Those that met the fault are none the worse for it: it costs no attempt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.outcome import Accepted, ChannelFault, Outcome, Refused

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)

PROBE_PATIENCE = timedelta(minutes=1)
"""How long a probe may stay silent before another message may be the probe."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """An open circuit; there is none for a channel that works."""

    channel: Channel
    cause: str
    cause_detail: str
    opened_at: datetime
    probe_at: datetime
    failed_probes: int


def isolate_faults(outcomes: Sequence[Outcome | None]) -> list[Outcome | None]:
    """Return the outcomes of calls in their order, with faults that were no fault of the channel.

    A provider that took a later message does not refuse everyone: then the refusal was the
    message's own (its country has no origination number, say), and counts as an attempt. So one
    odd message cannot close a channel to the others.
    """
    last = max((n for n, one in enumerate(outcomes) if isinstance(one, Accepted)), default=-1)
    return [
        Refused(outcome.cause, outcome.detail, permanent=False)
        if number < last and isinstance(outcome, ChannelFault)
        else outcome
        for number, outcome in enumerate(outcomes)
    ]
