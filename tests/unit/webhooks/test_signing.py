"""Signatures, as a receiver's library sees them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from message_tracker.webhook_dispatcher.signing import signed_headers

CALLBACK_ID = UUID("01944f5e-0000-7000-8000-000000000001")
OLD, NEW, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))


@pytest.mark.parametrize("body", ["{}", '{"name": "Grüße 🎉"}', ""])
def test_what_is_signed_is_verified(body: str) -> None:
    headers = signed_headers(CALLBACK_ID, body, [NEW], datetime.now(UTC))

    Webhook(NEW).verify(body, headers, json_parse=False)


@pytest.mark.parametrize("secret", [OLD, NEW], ids=["old", "new"])
def test_while_a_secret_changes_both_verify(secret: bytes) -> None:
    headers = signed_headers(CALLBACK_ID, "{}", [NEW, OLD], datetime.now(UTC))

    assert {} == Webhook(secret).verify("{}", headers)


def test_another_secret_or_body_does_not_verify() -> None:
    headers = signed_headers(CALLBACK_ID, "{}", [NEW], datetime.now(UTC))

    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify("{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify("[]", headers)
