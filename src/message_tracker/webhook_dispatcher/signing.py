"""The headers of a callback, signed as Standard Webhooks has it (specification 1.0)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook


def signed_headers(
    callback_id: UUID, body: str, secrets: Sequence[bytes], now: datetime
) -> dict[str, str]:
    """Return the headers that prove who posts this body, and when.

    Args:
        callback_id: the same at every attempt, so that a receiver knows a repeat.
        body: exactly what is posted.
        secrets: each signs; more than one while a secret is being changed.
        now: receivers refuse what is signed longer than five minutes ago.
    """
    name = str(callback_id)
    return {
        "Content-Type": "application/json",
        "User-Agent": "message-tracker",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(name, now, body) for secret in secrets),
    }
