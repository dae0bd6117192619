import logging
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from message_tracker.local.twin.bus import EventBus


class FakeEventBridge:
    """Keeps the batches it is given; may refuse entries or be out of reach."""

    def __init__(self, *, is_reachable: bool = True, refused: int = 0) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self._is_reachable = is_reachable
        self._refused = refused

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if not self._is_reachable:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
        self.batches.append(Entries)
        return {"FailedEntryCount": self._refused, "Entries": []}


def put(events: FakeEventBridge, count: int) -> None:
    """Run a bus on the fake for the time it takes to put `count` events."""
    bus = EventBus(events)  # type: ignore[arg-type] # a fake of the one method the bus calls
    for number in range(count):
        bus.put({"Source": "aws.ses", "DetailType": "Email Sent", "Detail": f'{{"n": {number}}}'})
    bus.start()
    bus.stop()
    assert bus.waiting() == 0


def test_events_are_put_in_order_ten_a_call() -> None:
    events = FakeEventBridge()

    put(events, 23)

    assert [len(batch) for batch in events.batches] == [10, 10, 3]
    details = [entry["Detail"] for batch in events.batches for entry in batch]
    assert details == [f'{{"n": {number}}}' for number in range(23)]


def test_a_bus_without_events_stops() -> None:
    events = FakeEventBridge()

    put(events, 0)

    assert events.batches == []


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (FakeEventBridge(is_reachable=False), "2 events were lost"),
        (FakeEventBridge(refused=1), "1 events were refused"),
    ],
)
def test_events_that_cannot_be_put_are_lost_and_told(
    events: FakeEventBridge, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        put(events, 2)

    assert told in caplog.text
