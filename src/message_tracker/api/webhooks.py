"""Keeps webhooks: adds and changes them, shows what they were called with, calls them once more."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from message_tracker.api.responses import not_found
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.problem import Fault, Problem, RequestRefused, invalid_request
from message_tracker.core.domain.webhooks.target import Unreachable, target_of
from message_tracker.core.observability import logger
from message_tracker.core.ports import Queue, SecretSeal
from message_tracker.core.store.callbacks import Callbacks, Delivery
from message_tracker.core.store.groups import is_uuid
from message_tracker.core.store.webhooks import Webhook, Webhooks

MOST_WEBHOOKS: Final = 100
"""Every event asks each of them whether it wants it."""

OVERLAP: Final = timedelta(hours=24)
"""How long the secret before a rotation signs as well."""

_LOGGER = logger("api")
_SECRET_BYTES: Final = 32  # Standard Webhooks, "Signature scheme": 24 to 64
_WAKE_UP: Final = "{}"


@dataclass(frozen=True, slots=True)
class WebhookService:
    """The use cases of ``/webhooks``.

    Args:
        webhooks: are kept there.
        callbacks: what they are owed.
        seal: encrypts their secrets.
        queue: wakes the dispatcher.
        local_hosts: names that may be called on this machine.
        clock: tells the time, in UTC.
    """

    webhooks: Webhooks
    callbacks: Callbacks
    seal: SecretSeal
    queue: Queue
    local_hosts: Collection[str]
    clock: Callable[[], datetime]

    def add(self, url: str, types: Sequence[str], description: str | None) -> tuple[Webhook, str]:
        """Add an endpoint, and return it with its secret, which is never shown again.

        Raises:
            RequestRefused: the URL cannot be called, or there are too many webhooks.
        """
        checked = self._checked(url)
        if len(self.webhooks.list_all()) >= MOST_WEBHOOKS:
            detail = f"there are {MOST_WEBHOOKS} webhooks: delete one that is not used"
            raise RequestRefused(Problem(409, "too-many-webhooks", "Too many webhooks", detail))
        webhook_id = new_id()
        secret, sealed = self._secret(webhook_id)
        self.webhooks.add(
            webhook_id,
            url=checked,
            description=description,
            types=types,
            secret=sealed,
            now=self.clock(),
        )
        _LOGGER.info("webhook added", webhook_id=str(webhook_id))
        return self.find(str(webhook_id)), secret

    def find(self, webhook_id: str) -> Webhook:
        """Return an endpoint.

        Raises:
            RequestRefused: 404, there is none of the id.
        """
        found = self.webhooks.find(_id(webhook_id))
        if found is None:
            raise _no_webhook()
        return found

    def change(
        self,
        webhook_id: str,
        *,
        url: str | None,
        types: Sequence[str] | None,
        description: str | None,
        is_enabled: bool | None,
    ) -> Webhook:
        """Change what is not None, and return the endpoint.

        Raises:
            RequestRefused: 404, there is none of the id; or the URL cannot be called.
        """
        is_known = self.webhooks.change(
            _id(webhook_id),
            url=None if url is None else self._checked(url),
            description=description,
            types=types,
            is_enabled=is_enabled,
            now=self.clock(),
        )
        if not is_known:
            raise _no_webhook()
        if is_enabled:
            self._wake()
        _LOGGER.info("webhook changed", webhook_id=webhook_id)
        return self.find(webhook_id)

    def remove(self, webhook_id: str) -> None:
        """Delete an endpoint; what it is owed is never called.

        Raises:
            RequestRefused: 404, there is none of the id.
        """
        if not self.webhooks.remove(_id(webhook_id)):
            raise _no_webhook()
        _LOGGER.info("webhook deleted", webhook_id=webhook_id)

    def rotate(self, webhook_id: str) -> tuple[Webhook, str]:
        """Return the endpoint with a new secret; the one before signs as well for a day.

        Raises:
            RequestRefused: 404, there is none of the id.
        """
        known = _id(webhook_id)
        secret, sealed = self._secret(known)
        if not self.webhooks.rotate(known, sealed, until=self.clock() + OVERLAP):
            raise _no_webhook()
        _LOGGER.info("webhook's secret rotated", webhook_id=webhook_id)
        return self.find(webhook_id), secret

    def test(self, webhook_id: str) -> UUID:
        """Have the endpoint called with a test, and return the callback's id.

        Raises:
            RequestRefused: 404, there is none of the id.
        """
        callback_id = new_id()
        if not self.callbacks.owe_test(_id(webhook_id), callback_id, now=self.clock()):
            raise _no_webhook()
        self._wake()
        return callback_id

    def log(self, webhook_id: str, *, before: UUID | None, most: int) -> list[Delivery]:
        """Return the endpoint's deliveries, the latest first, after the one named last.

        Raises:
            RequestRefused: 404, there is none of the id.
        """
        known = self.find(webhook_id).webhook_endpoint_id
        return self.callbacks.log(known, before=before, most=most)

    def replay(self, webhook_id: str, callback_id: UUID) -> int:
        """Have one delivery made once more, and return how many that is: 1.

        Raises:
            RequestRefused: 404, there is no such endpoint or delivery.
        """
        known = self.find(webhook_id).webhook_endpoint_id
        if not self.callbacks.replay(known, callback_id, now=self.clock()):
            raise not_found("the webhook has no delivery of this id that is not being made now")
        self._wake()
        return 1

    def replay_since(self, webhook_id: str, since: datetime, *, with_delivered: bool) -> int:
        """Have what was given up since then (or all) made once more; return how many.

        Raises:
            RequestRefused: 404, there is none of the id.
        """
        known = self.find(webhook_id).webhook_endpoint_id
        replayed = self.callbacks.replay_since(
            known, since, with_delivered=with_delivered, now=self.clock()
        )
        self._wake()
        _LOGGER.info("deliveries replayed", webhook_id=webhook_id, deliveries=replayed)
        return replayed

    def _checked(self, url: str) -> str:
        try:
            return target_of(url, self.local_hosts).url
        except Unreachable as error:
            raise invalid_request([Fault("#/url", "url", f"`url` {error}")]) from error

    def _secret(self, webhook_id: UUID) -> tuple[str, bytes]:
        """Return a new secret, as its owner gets it and as it is kept."""
        secret = secrets.token_bytes(_SECRET_BYTES)
        shown = "whsec_" + b64encode(secret).decode()
        return shown, self.seal.seal(secret, of=webhook_id.bytes)

    def _wake(self) -> None:
        # What the queue refuses is called within the minute, when the clock wakes the dispatcher.
        self.queue.send([_WAKE_UP])


def _id(webhook_id: str) -> UUID:
    if not is_uuid(webhook_id):
        raise _no_webhook()
    return UUID(webhook_id)


def _no_webhook() -> RequestRefused:
    return not_found("no webhook has this id")
