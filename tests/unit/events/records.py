"""The recorded events of ``tests/fixtures/events``, and the envelopes they may come in."""

import json
from pathlib import Path
from typing import Any

from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import AccountEvent, DeliveryEvent

FIXTURES = Path(__file__).parents[2] / "fixtures" / "events"
NAMES = sorted(str(path.relative_to(FIXTURES).with_suffix("")) for path in FIXTURES.rglob("*.json"))
MESSAGE_NAMES = [name for name in NAMES if name.startswith(("ses/", "sms/"))]


def load(name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return record


def parse(record: object) -> DeliveryEvent:
    event = parse_event(json.dumps(record).encode())
    assert isinstance(event, DeliveryEvent)
    return event


def parse_account_event(record: object) -> AccountEvent:
    event = parse_event(json.dumps(record).encode())
    assert isinstance(event, AccountEvent)
    return event


def by_firehose(record: object) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def by_event_bridge(record: object) -> bytes:
    envelope = {
        "version": "0",
        "id": "2f1a0b9c-7d3e-4c5b-8a69-0f1e2d3c4b5a",
        "detail-type": "Email Delivered",
        "source": "aws.ses",
        "account": "210987654321",
        "time": "2026-03-02T23:59:59Z",
        "resources": [],
        "detail": record,
    }
    return json.dumps(envelope, sort_keys=True).encode()


def by_sns(record: object) -> bytes:
    envelope = {
        "Type": "Notification",
        "MessageId": "8c7b6a59-4d3e-5f2a-9b10-c2d3e4f5a6b7",
        "Message": json.dumps(record, ensure_ascii=False),
        "Timestamp": "2026-03-02T23:59:59.000Z",
    }
    return json.dumps(envelope).encode()
