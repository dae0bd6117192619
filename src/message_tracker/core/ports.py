"""What the use cases need of the world: each port has one AWS adapter and one fake in the tests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from message_tracker.core.domain.message import Channel, OutboundEmail, OutboundText
from message_tracker.core.domain.outcome import Outcome
from message_tracker.core.domain.signed_token import SigningKeys
from message_tracker.core.domain.slot import ANY, Lease, Terms
from message_tracker.core.domain.sns_post import SnsPost
from message_tracker.core.domain.suppression import Listed
from message_tracker.core.domain.webhooks.verdict import Answer


class EmailProvider(Protocol):
    """Sends e-mail: one recipient, one call, no retries."""

    def send(self, email: OutboundEmail) -> Outcome:
        """Call the provider once and say what came of it; never raises for a provider's answer."""
        ...


class TextProvider(Protocol):
    """Sends SMS: one recipient, one call, no retries."""

    def send(self, text: OutboundText) -> Outcome:
        """Call the provider once and say what came of it; never raises for a provider's answer."""
        ...


class KeyRing(Protocol):
    """The keys of our links in mail."""

    def keys(self, knowing: int | None = None) -> SigningKeys:
        """Return the keys, with the one of the id `knowing` if there is one by now.

        Raises `ConfigurationFault` when there are none, and `Unavailable`.
        """
        ...


class SuppressionList(Protocol):
    """A provider's own list of addresses that it sends nothing to."""

    name: str

    def find(self, address: str) -> Listed | None:
        """Return the address' entry, or None; raises `Unavailable`."""
        ...

    def add(self, address: str) -> None:
        """Put an address on the list; one that is there stays.

        Raises `Unavailable`, and `PermanentError` with the provider's reason.
        """
        ...

    def remove(self, address: str) -> None:
        """Take an address off the list; one that is not there is none.

        Raises `Unavailable`, and `PermanentError` with the provider's reason.
        """
        ...

    def pages(self) -> Iterator[Sequence[Listed]]:
        """Yield all entries, some at a time; raises `Unavailable`."""
        ...


class RateLimiter(Protocol):
    """Sells slots of time on the fleet's one timeline."""

    def reserve(self, sizes: Sequence[int], terms: Terms = ANY) -> Lease:
        """Reserve slots for messages of these sizes (segments, or 1 for an e-mail), in order.

        The lease has slots for the first of them: as many as go within a second, at least one.
        Raises `Throttled` when the limiter is paused, `SoldOut` when the next slot lies beyond the
        terms, `Unavailable` when it cannot be reached: without a lease nothing is sent.
        """
        ...

    def still_valid(self, lease: Lease) -> bool:
        """Whether the lease may be used: the rate has not been changed since it was bought.

        True also when that cannot be told: what was sold is then kept.
        """
        ...

    def cool_down(self) -> None:
        """Leave a little of the timeline unsold, as the provider found us too fast.

        Never raises: it is a courtesy.
        """
        ...


class ProviderCounts(Protocol):
    """What the providers have counted of the account's sends."""

    def sent(self, channel: Channel, since: datetime, until: datetime) -> int | None:
        """Return how many e-mails or parts of texts were sent in whole hours; None: no data.

        Raises `Unavailable` when they cannot be asked.
        """
        ...


class SendingRates(Protocol):
    """How fast the fleet sends."""

    def in_force(self) -> Mapping[Channel, float]:
        """Return each channel's units/s, 0 while it is paused; never raises: it may be stale."""
        ...


class Queue(Protocol):
    """A standard SQS queue."""

    def send(self, bodies: Sequence[str]) -> list[int]:
        """Send all bodies, ten a call, and return the indexes of those that could not be sent."""
        ...


class NotificationVerifier(Protocol):
    """Tells SNS' own posts from all others."""

    def verify(self, notification: SnsPost) -> None:
        """Return if SNS signed it.

        Raises `Forged` if it did not, and `Unavailable` when the certificate cannot be had now.
        """
        ...


class Subscriptions(Protocol):
    """Subscriptions to SNS topics."""

    def confirm(self, topic_arn: str, token: str) -> None:
        """Confirm one by the token that SNS posted; raises `Unavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as a listing shows it."""

    bucket: str
    key: str
    etag: str  # another content under the same key has another
    size: int  # bytes, as stored
    modified_at: datetime


class ObjectStore(Protocol):
    """Objects by bucket and key."""

    def list(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects whose keys begin with `prefix`, in the order of their keys."""
        ...

    def open(self, bucket: str, key: str) -> BinaryIO:
        """Return the object's bytes as a stream, not decompressed."""
        ...

    def put(self, bucket: str, key: str, body: bytes | BinaryIO, *, content_type: str) -> None:
        """Store an object, replacing one of the same key; a file is read as it is sent."""
        ...


class PinnedObjects(ObjectStore, Protocol):
    """Objects that can be opened as they were listed."""

    def open(self, bucket: str, key: str, *, etag: str | None = None) -> BinaryIO:
        """Return the object's bytes as a stream, not decompressed; of this etag, if one is given.

        Raises `PermanentError` if there is no such object, or it is another by now.
        """
        ...


class SecretSeal(Protocol):
    """Encrypts secrets that we must keep."""

    def seal(self, secret: bytes, *, of: bytes) -> bytes:
        """Return the secret encrypted, for what `of` names only."""
        ...

    def open(self, sealed: bytes, *, of: bytes) -> bytes:
        """Return the secret again.

        Raises `ConfigurationFault` when it was sealed with another key, or for something else.
        """
        ...


class CallbackCaller(Protocol):
    """Posts to whoever wants to be called back: once, and bounded in time."""

    def call(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post the body and return what came of it; never raises for what the other side does."""
        ...
