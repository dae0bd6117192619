"""Parsing alone, ours beside django-anymail's webhook for Amazon SES.

Both get the same bytes: an SNS notification around an SES event, the one form that anymail reads.
It is an optional peer: without it, the report says so.
"""

import importlib.util
import json
from collections.abc import Callable, Sequence
from types import SimpleNamespace

from message_tracker.core.domain.events.envelope import parse_event


def is_anymail_installed() -> bool:
    """Whether the peer is there: `pip install --require-hashes -r requirements/bench.txt`."""
    return importlib.util.find_spec("anymail") is not None


def notifications(lines: Sequence[bytes]) -> list[bytes]:
    """Return the SES events among the records, as SNS posts them."""
    return [
        json.dumps(
            {
                "Type": "Notification",
                "MessageId": "b9b1b3b0-5b5a-5b5a-8b5a-0b5a5b5a5b5a",
                "TopicArn": "arn:aws:sns:eu-central-1:111122223333:ses-events",
                "Message": line.decode(),
                "Timestamp": "2026-03-02T08:00:00.000Z",
                "SignatureVersion": "2",
            }
        ).encode()
        for line in lines
        if b'"mail":' in line
    ]


def ours(bodies: Sequence[bytes]) -> Callable[[], None]:
    """Parse every body, and drop the event."""

    def run() -> None:
        for body in bodies:
            parse_event(body)

    return run


def anymail(bodies: Sequence[bytes]) -> Callable[[], None]:
    """Parse every body by anymail's tracking view, and drop the events."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_TZ=True, ANYMAIL={})
    from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView

    view = AmazonSESTrackingWebhookView()

    def run() -> None:
        for body in bodies:
            view.parse_events(SimpleNamespace(body=body, encoding="utf-8"))

    return run
