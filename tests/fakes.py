"""A fake of each port: it behaves like the adapter, keeps what it was given, and fails on request.

`tests/contract` holds each fake and its adapter to the same behavior.
"""

import re
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import md5
from io import BytesIO
from threading import Lock
from typing import BinaryIO, Generic, TypeVar

from message_tracker.core.domain.errors import Forged, MessageTrackerError, PermanentError
from message_tracker.core.domain.message import Channel, OutboundEmail, OutboundText, Personal
from message_tracker.core.domain.outcome import Accepted, Outcome
from message_tracker.core.domain.pace import PACED
from message_tracker.core.domain.signed_token import SigningKeys
from message_tracker.core.domain.slot import (
    ANY,
    CREATION_GUARD,
    Bid,
    Lease,
    Path,
    Terms,
    Timeline,
)
from message_tracker.core.domain.sns_post import SnsPost
from message_tracker.core.domain.suppression import Listed, SuppressionReason
from message_tracker.core.ports import StoredObject

Outbound = TypeVar("Outbound", OutboundEmail, OutboundText)

LARGEST_BODY = 1024 * 1024
UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class _FakeProvider(Generic[Outbound]):
    """Answers calls by its script, then by `answer`, and by default accepts; safe to share.

    Args:
        script: the first answers, in the order of the calls; an exception is raised.
        answer: what comes of every later call.
    """

    name = ""

    def __init__(
        self,
        script: Iterable[Outcome | Exception] = (),
        answer: Callable[[Outbound], Outcome] | None = None,
    ) -> None:
        self.calls: list[Outbound] = []
        self._script = deque(script)
        self._answer: Callable[[Outbound], Outcome] | None = answer
        self._lock = Lock()

    def send(self, message: Outbound) -> Outcome:
        with self._lock:
            self.calls.append(message)
            number = len(self.calls)
            scripted = self._script.popleft() if self._script else None
        if isinstance(scripted, Exception):
            raise scripted
        if scripted is not None:
            return scripted
        return self._answer(message) if self._answer else Accepted(f"{self.name}-{number}")


class FakeEmailProvider(_FakeProvider[OutboundEmail]):
    """Accepts e-mail as ``ses-1``, ``ses-2`` …"""

    name = "ses"

    def send(self, email: OutboundEmail) -> Outcome:
        return super().send(email)


class FakeTextProvider(_FakeProvider[OutboundText]):
    """Accepts SMS as ``sms-1``, ``sms-2`` …"""

    name = "sms"

    def send(self, text: OutboundText) -> Outcome:
        return super().send(text)


class FakeRateLimiter:
    """Sells one timeline, as fast as `rate` milli-units/s; raises `error` instead while it is set.

    The default rate is so high that nobody waits. `generation` is that of the leases it sells, and
    of those that are still valid.
    """

    def __init__(
        self,
        *,
        rate: int = 1_000_000_000,
        clock: Callable[[], int] = lambda: time.time_ns() // 1000,
        error: MessageTrackerError | None = None,
    ) -> None:
        self.sizes: list[Sequence[int]] = []
        self.leases: list[Lease] = []
        self.terms: list[Terms] = []
        self.cool_downs = 0
        self.looks = 0
        self.error = error
        self.generation = 1
        self.rate = rate
        self._clock = clock
        self._sold_until = 0
        self._lock = Lock()

    def reserve(self, sizes: Sequence[int], terms: Terms = ANY) -> Lease:
        with self._lock:
            if self.error:
                raise self.error
            start = max(self._clock(), self._sold_until)
            plan = PACED.plan_of_lease(sizes, self.rate)
            bid = Bid(Path.BUSY, "-", self.generation, plan, self.rate, self._clock(), terms=terms)
            if refused := bid.refused(start):
                raise refused
            lease = bid.lease(Timeline(start + plan.cost, self.rate, self.generation, "-"))
            self._sold_until = lease.end
            self.sizes.append(sizes)
            self.leases.append(lease)
            self.terms.append(terms)
            return lease

    def still_valid(self, lease: Lease) -> bool:
        self.looks += 1
        return lease.generation == self.generation

    def change_rate(self, rate: int) -> None:
        self.rate = rate
        self.generation += 1
        self._sold_until = min(self._sold_until, self._clock() + CREATION_GUARD)

    def cool_down(self) -> None:
        self.cool_downs += 1


class FakeRates:
    """The rates it is given."""

    def __init__(self, rates: Mapping[Channel, float]) -> None:
        self._rates = rates

    def in_force(self) -> Mapping[Channel, float]:
        return self._rates


class FakeQueue:
    """Keeps the bodies it took, in order; refuses what SQS would, and what `refuses` says."""

    def __init__(self, refuses: Callable[[str], bool] = lambda _body: False) -> None:
        self.bodies: list[str] = []
        self.refuses = refuses

    def send(self, bodies: Sequence[str]) -> list[int]:
        refused = [index for index, body in enumerate(bodies) if self._is_refused(body)]
        self.bodies += [body for index, body in enumerate(bodies) if index not in set(refused)]
        return refused

    def _is_refused(self, body: str) -> bool:
        if not body or UNSENDABLE.search(body) or len(body.encode()) > LARGEST_BODY:
            return True
        return self.refuses(body)


class FakeObjectStore:
    """Objects in memory; `error`, while it is set, is raised instead."""

    def __init__(self, error: MessageTrackerError | None = None) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.content_types: dict[tuple[str, str], str] = {}
        self.error = error
        self.now = datetime.now(UTC)

    def list(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        if self.error:
            raise self.error
        for (held_in, key), body in sorted(self.objects.items()):
            if held_in == bucket and key.startswith(prefix):
                etag = md5(body, usedforsecurity=False).hexdigest()
                yield StoredObject(bucket, key, etag, len(body), self.now)

    def open(self, bucket: str, key: str, *, etag: str | None = None) -> BinaryIO:
        if self.error:
            raise self.error
        if (body := self.objects.get((bucket, key))) is None:
            raise PermanentError(f"s3://{bucket}/{key}: there is no such object")
        if etag not in (None, md5(body, usedforsecurity=False).hexdigest()):
            raise PermanentError(f"s3://{bucket}/{key}: it is another object by now")
        return BytesIO(body)

    def put(self, bucket: str, key: str, body: bytes | BinaryIO, *, content_type: str) -> None:
        if self.error:
            raise self.error
        self.objects[bucket, key] = body if isinstance(body, bytes) else body.read()
        self.content_types[bucket, key] = content_type


class FakeNotificationVerifier:
    """Knows genuine posts by their signatures; `error`, while it is set, is raised instead."""

    def __init__(self, genuine: Collection[str], error: MessageTrackerError | None = None) -> None:
        self.genuine = genuine
        self.error = error

    def verify(self, notification: SnsPost) -> None:
        if self.error:
            raise self.error
        if notification.signature not in self.genuine:
            raise Forged("the signature is not genuine")


class FakeSubscriptions:
    """Keeps what was confirmed; `error`, while it is set, is raised instead."""

    def __init__(self, error: MessageTrackerError | None = None) -> None:
        self.confirmed: list[tuple[str, str]] = []
        self.error = error

    def confirm(self, topic_arn: str, token: str) -> None:
        if self.error:
            raise self.error
        self.confirmed.append((topic_arn, token))


class FakeSuppressionList:
    """A provider's list in memory; `error`, while it is set, is raised instead."""

    name = "a provider's list"

    def __init__(self, reason: SuppressionReason, error: MessageTrackerError | None = None) -> None:
        self.entries: dict[str, Listed] = {}
        self.reason = reason
        self.error = error
        self.now = datetime.now(UTC)

    def find(self, address: str) -> Listed | None:
        if self.error:
            raise self.error
        return self.entries.get(address)

    def add(self, address: str) -> None:
        if self.error:
            raise self.error
        self.entries.setdefault(address, Listed(Personal(address), self.reason, self.now))

    def remove(self, address: str) -> None:
        if self.error:
            raise self.error
        self.entries.pop(address, None)

    def pages(self) -> Iterator[Sequence[Listed]]:
        if self.error:
            raise self.error
        for entry in list(self.entries.values()):
            yield [entry]


class FakeKeyRing:
    """Signing keys by their ids; `add` puts a new one beside the others."""

    def __init__(self) -> None:
        self.by_id = {1: b"k" * 64}

    def add(self, key_id: int, key: bytes) -> None:
        self.by_id[key_id] = key

    def keys(self, knowing: int | None = None) -> SigningKeys:
        del knowing
        return SigningKeys(dict(self.by_id))
