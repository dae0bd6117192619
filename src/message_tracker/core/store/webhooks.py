"""Whom we call back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("webhooks")


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint as people see it: without its secret."""

    webhook_endpoint_id: UUID
    url: str
    description: str | None
    types: Sequence[str]
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None
    previous_secret_until: datetime | None


class Webhooks:
    """The endpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        webhook_id: UUID,
        *,
        url: str,
        description: str | None,
        types: Sequence[str],
        secret: bytes,
        now: datetime,
    ) -> None:
        """Keep a new endpoint, with its encrypted secret."""
        self._database.fetch(
            _QUERIES["add_webhook"],
            {
                "webhook_id": webhook_id,
                "url": url,
                "description": description,
                "types": list(types),
                "secret": secret,
                "now": now,
            },
        )

    def list_all(self) -> list[Webhook]:
        """Return all endpoints, the oldest first."""
        return [Webhook(**row) for row in self._database.fetch(_QUERIES["webhooks"])]

    def find(self, webhook_id: UUID) -> Webhook | None:
        """Return the endpoint, None if there is none."""
        rows = self._database.fetch(_QUERIES["webhook_by_id"], {"webhook_id": webhook_id})
        return Webhook(**rows[0]) if rows else None

    def change(
        self,
        webhook_id: UUID,
        *,
        url: str | None,
        description: str | None,
        types: Sequence[str] | None,
        is_enabled: bool | None,
        now: datetime,
    ) -> bool:
        """Change what is not None, and return whether there is such an endpoint."""
        parameters = {
            "webhook_id": webhook_id,
            "url": url,
            "description": description,
            "types": None if types is None else list(types),
            "is_enabled": is_enabled,
            "now": now,
        }
        return bool(self._database.fetch(_QUERIES["change_webhook"], parameters))

    def remove(self, webhook_id: UUID) -> bool:
        """Forget the endpoint, and return whether there was one."""
        return bool(self._database.fetch(_QUERIES["remove_webhook"], {"webhook_id": webhook_id}))

    def rotate(self, webhook_id: UUID, secret: bytes, *, until: datetime) -> bool:
        """Give the endpoint a new encrypted secret, and return whether there is such an endpoint.

        The one before signs as well until then.
        """
        parameters = {"webhook_id": webhook_id, "secret": secret, "until": until}
        return bool(self._database.fetch(_QUERIES["rotate_webhook_secret"], parameters))
