"""One sweep: settle, expire, hold or retry what is in doubt, free what was forsaken, enqueue.

The rows are the truth and the queues only wake senders up, so a sweep may run twice, at once, or
die anywhere: what it did not finish the next one finds.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from uuid import UUID

from message_tracker.core.domain.chunk import SendChunk, chunk_messages
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, Kind, MessageId
from message_tracker.core.ports import Queue
from message_tracker.core.store.sweep import DueMessage, SweepStore

# Longer than a sweep lasts: how long a dead one keeps its messages from the next.
_CLAIM = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """How a channel is swept.

    `units_per_chunk` is what one lease of the sender covers; `unconfirmed_after` is how long an
    attempt waits for its event.
    """

    units_per_chunk: int
    unconfirmed_after: timedelta


class SweepService:
    """Sweeps.

    Args:
        store: the sweeper's statements.
        adopt: gives events that came before their message's id was recorded to their messages, and
            returns how many.
        queues: each channel's queue of each kind.
        policies: how each channel is swept.
        requeue_after: how long a message may be on a queue before its chunk is taken for lost.
        now: returns the present.
    """

    def __init__(
        self,
        *,
        store: SweepStore,
        adopt: Callable[[datetime], int],
        queues: Mapping[tuple[Channel, Kind], Queue],
        policies: Mapping[Channel, ChannelPolicy],
        requeue_after: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._adopt = adopt
        self._queues = queues
        self._policies = policies
        self._requeue_after = requeue_after
        self._now = now

    def sweep(self, deadline: datetime) -> Counter[str]:
        """Sweep until all is done or the deadline has come, and return how many, by metric's name.

        Raises:
            Unavailable: Postgres did not answer; the next sweep goes on.
        """
        store, now = self._store, self._now()
        store.prepare_event_partitions(now=now)
        repeat = partial(self._repeat, deadline)
        # First, since an event adopted now may settle its message in this very sweep.
        done = Counter(
            EventsAdopted=self._adopt(now),
            MessagesSettledByEvents=repeat(store.settle_by_events),
            MessagesExpired=repeat(partial(store.expire, now=now)),
            MessagesStopped=repeat(partial(store.stop, now=now)),
            ClaimsExpired=repeat(partial(store.free_expired_claims, now=now)),
            ChunksLost=repeat(partial(store.free_stale, before=now - self._requeue_after)),
        )
        for channel, policy in self._policies.items():
            before = now - policy.unconfirmed_after
            retry = partial(store.retry_unconfirmed, channel, before=before, now=now)
            hold = partial(store.hold_unconfirmed, channel, before=before, now=now)
            done.update(UnconfirmedRetried=repeat(retry), Unconfirmed=repeat(hold))
        done.update(self._enqueue_all(deadline))
        return done

    def _repeat(self, deadline: datetime, step: Callable[[], Sequence[MessageId]]) -> int:
        """Run the step until it finds less than it could take, and return how many it changed."""
        changed = len(step())
        total = changed
        while changed == self._store.most and self._now() < deadline:
            changed = len(step())
            total += changed
        return total

    def _enqueue_all(self, deadline: datetime) -> Counter[str]:
        done: Counter[str] = Counter(Enqueued=0, EnqueueRefused=0)
        while True:
            taken, refused = self._enqueue()
            done.update(Enqueued=taken - refused, EnqueueRefused=refused)
            # What a queue refused is due again: without this it would be tried without end.
            if taken < self._store.most or refused or self._now() >= deadline:
                return done

    def _enqueue(self) -> tuple[int, int]:
        claim_id, now = new_id(), self._now()
        due = self._store.take_due(claim_id, now=now, until=now + _CLAIM)
        refused: set[UUID] = set()
        for (channel, kind), messages in groupby(due, lambda one: (one.channel, one.kind)):
            refused |= self._put(self._queues[channel, kind], self._chunks(channel, messages))
        if due:
            self._store.confirm_enqueued(claim_id, [one.message_id for one in due], refused=refused)
        return len(due), len(refused)

    def _chunks(self, channel: Channel, messages: Iterable[DueMessage]) -> list[SendChunk]:
        most = self._policies[channel].units_per_chunk
        sizes = ((one.message_id, one.units) for one in messages)
        return list(chunk_messages(channel, sizes, max_units=most, max_messages=most))

    def _put(self, queue: Queue, chunks: Sequence[SendChunk]) -> set[UUID]:
        """Put the chunks on the queue and return the messages of those it refused."""
        refused = queue.send([chunk.to_json() for chunk in chunks])
        return {message_id for index in refused for message_id in chunks[index].message_ids}
