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
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.group_orders import GroupOrders
from message_tracker.core.store.sweep import DueMessage, SweepStore

# Longer than a sweep lasts: how long a dead one keeps its messages from the next.
_CLAIM = timedelta(minutes=2)

# A carrier in trouble, or a phone out of reach, has some time to come back. How far back failures
# are looked for bounds what a sweeper that was down for longer takes up again.
_RESEND_DELAY = timedelta(minutes=15)
_RESEND_SINCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """How a channel is swept.

    `units_per_chunk` is what one lease of the sender covers; `unconfirmed_after` is how long an
    attempt waits for its event. `resends`: a text that could not be reached is sent once more.
    """

    units_per_chunk: int
    unconfirmed_after: timedelta
    resends: bool = False


class SweepService:
    """Sweeps.

    Args:
        store: the sweeper's statements.
        circuits: which channels to leave alone, but for a probe.
        orders: what groups are to do; the rest of what an order's giver had no time for.
        chores: what else is due each minute, by its metric's name: given the present, each does its
            work and returns how much it was. They come first, in order: an event given to its
            message now may settle it in this very sweep.
        queues: each channel's queue of each kind.
        policies: how each channel is swept that messages go by; the others' are left alone.
        requeue_after: how long a message may be on a queue before its chunk is taken for lost.
        now: returns the present.
    """

    def __init__(
        self,
        *,
        store: SweepStore,
        circuits: Circuits,
        orders: GroupOrders,
        chores: Mapping[str, Callable[[datetime], int]],
        queues: Mapping[tuple[Channel, Kind], Queue],
        policies: Mapping[Channel, ChannelPolicy],
        requeue_after: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._circuits = circuits
        self._orders = orders
        self._chores = chores
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
        done = Counter({name: chore(now) for name, chore in self._chores.items()})
        done.update(
            MessagesSettledByEvents=repeat(store.settle_by_events),
            MessagesExpired=repeat(partial(store.expire, now=now)),
            ClaimsExpired=repeat(partial(store.free_expired_claims, now=now)),
            ChunksLost=repeat(partial(store.free_stale, before=now - self._requeue_after)),
        )
        for channel, policy in self._policies.items():
            before = now - policy.unconfirmed_after
            retry = partial(store.retry_unconfirmed, channel, before=before, now=now)
            hold = partial(store.hold_unconfirmed, channel, before=before, now=now)
            done.update(UnconfirmedRetried=repeat(retry), Unconfirmed=repeat(hold))
        if any(policy.resends for policy in self._policies.values()):
            resend = partial(
                store.resend_texts, since=now - _RESEND_SINCE, delay=_RESEND_DELAY, now=now
            )
            done.update(TextsResent=repeat(resend))
        done.update(self._enqueue_all(deadline))
        # Last, for it may take long, and senders obey an order before it is carried out.
        done.update(MessagesFollowingOrders=self._carry_out_orders(deadline))
        return done

    def _repeat(self, deadline: datetime, step: Callable[[], Sequence[MessageId]]) -> int:
        """Run the step until it finds less than it could take, and return how many it changed."""
        changed = len(step())
        total = changed
        while changed == self._store.most and self._now() < deadline:
            changed = len(step())
            total += changed
        return total

    def _carry_out_orders(self, deadline: datetime) -> int:
        return sum(
            self._orders.carry_out(
                group_id, state, now=self._now(), has_time=lambda: self._now() < deadline
            ).messages
            for group_id, state in self._orders.unsettled()
        )

    def _enqueue_all(self, deadline: datetime) -> Counter[str]:
        is_open = {circuit.channel for circuit in self._circuits.open_circuits()}
        done: Counter[str] = Counter(Enqueued=0, EnqueueRefused=0, OpenCircuits=len(is_open))
        if is_open:
            done.update(Probes=self._probe())
        for channel in self._policies:
            if channel not in is_open:
                done.update(self._enqueue_channel(channel, deadline))
        return done

    def _enqueue_channel(self, channel: Channel, deadline: datetime) -> Counter[str]:
        done: Counter[str] = Counter()
        while True:
            taken, refused = self._enqueue(channel)
            done.update(Enqueued=taken - refused, EnqueueRefused=refused)
            # What a queue refused is due again: without this it would be tried without end.
            if taken < self._store.most or refused or self._now() >= deadline:
                return done

    def _enqueue(self, channel: Channel) -> tuple[int, int]:
        claim_id, now = new_id(), self._now()
        due = self._store.take_due(channel, claim_id, now=now, until=now + _CLAIM)
        refused: set[UUID] = set()
        for kind, messages in groupby(due, lambda one: one.kind):
            refused |= self._put(self._queues[channel, kind], self._chunks(channel, messages))
        if due:
            self._store.confirm_enqueued(claim_id, [one.message_id for one in due], refused=refused)
        return len(due), len(refused)

    def _probe(self) -> int:
        """Let one message of each open channel pass, on the queue where nothing waits for long."""
        claim_id, now = new_id(), self._now()
        probes = self._circuits.take_probes(claim_id, now=now, until=now + _CLAIM)
        refused: set[UUID] = set()
        for message_id, channel in probes.items():
            if queue := self._queues.get((channel, Kind.TRANSACTIONAL)):
                refused |= self._put(queue, [SendChunk(channel, (message_id,))])
            else:  # its channel was switched off since
                refused.add(message_id)
        if probes:
            self._store.confirm_enqueued(claim_id, list(probes), refused=refused)
        return len(probes)

    def _chunks(self, channel: Channel, messages: Iterable[DueMessage]) -> list[SendChunk]:
        most = self._policies[channel].units_per_chunk
        sizes = ((one.message_id, one.units) for one in messages)
        return list(chunk_messages(channel, sizes, max_units=most, max_messages=most))

    def _put(self, queue: Queue, chunks: Sequence[SendChunk]) -> set[UUID]:
        """Put the chunks on the queue and return the messages of those it refused."""
        refused = queue.send([chunk.to_json() for chunk in chunks])
        return {message_id for index in refused for message_id in chunks[index].message_ids}
