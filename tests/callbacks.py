"""Webhooks in the database, with secrets that the tests know."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from message_tracker.core.aws.sealing import SealedSecrets
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.webhooks.callback import ALL
from message_tracker.core.store.database import Database
from message_tracker.core.store.webhooks import Webhooks

SECRET = b"s" * 32
SEAL = SealedSecrets(lambda: "k" * 64)


def a_webhook(
    database: Database,
    url: str = "https://example.com/hook",
    *,
    types: Sequence[str] = (ALL,),
    secret: bytes = SECRET,
) -> UUID:
    """Add an endpoint and return its id."""
    webhook_id = new_id()
    Webhooks(database).add(
        webhook_id,
        url=url,
        description=None,
        types=types,
        secret=SEAL.seal(secret, of=webhook_id.bytes),
        now=datetime.now(UTC),
    )
    return webhook_id


def owed(database: Database) -> list[dict[str, Any]]:
    """Return every delivery's row, in the order they were written."""
    return database.fetch("SELECT * FROM webhook_delivery ORDER BY sequence")
