"""EventBridge: events are put on the default bus in batches, by a thread of its own."""

import logging
import queue
import threading
import time
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef

_MAX_ENTRIES: Final = 10
# A call costs the same for one event as for ten: wait a moment for company.
_LINGER_SECONDS: Final = 0.03
_STOP_SECONDS: Final = 5.0
_logger: Final = logging.getLogger(__name__)


class EventBus:
    """Takes events at once and puts them soon; an event it cannot put is lost, as EventBridge may.

    AWS' services publish to the bus on "best effort" (EventBridge, "Event delivery levels").
    """

    def __init__(self, events: "EventBridgeClient") -> None:
        self._events = events
        self._waiting: queue.SimpleQueue[PutEventsRequestEntryTypeDef | None] = queue.SimpleQueue()
        self._is_putting = False
        self._thread = threading.Thread(target=self._run, name="twin-eventbridge", daemon=True)

    def start(self) -> None:
        """Begin to put events."""
        self._thread.start()

    def stop(self) -> None:
        """Put what waits, and no more."""
        self._waiting.put(None)
        self._thread.join(_STOP_SECONDS)

    def put(self, entry: "PutEventsRequestEntryTypeDef") -> None:
        """Take one event."""
        self._waiting.put(entry)

    def waiting(self) -> int:
        """Return how many events are not put yet (a batch in hand counts as one)."""
        return self._waiting.qsize() + self._is_putting

    def _run(self) -> None:
        is_stopping = False
        while not is_stopping:
            first = self._waiting.get()
            self._is_putting = True
            if self._waiting.qsize() < _MAX_ENTRIES:
                time.sleep(_LINGER_SECONDS)
            batch, is_stopping = self._batch(first)
            if batch:
                self._put_batch(batch)
            self._is_putting = False

    def _batch(
        self, entry: "PutEventsRequestEntryTypeDef | None"
    ) -> "tuple[list[PutEventsRequestEntryTypeDef], bool]":
        """Return a batch that begins with `entry`, and whether the stop was behind it."""
        batch: list[PutEventsRequestEntryTypeDef] = []
        while entry is not None:
            batch.append(entry)
            if len(batch) == _MAX_ENTRIES or self._waiting.empty():
                return batch, False
            entry = self._waiting.get()
        return batch, True

    def _put_batch(self, batch: "list[PutEventsRequestEntryTypeDef]") -> None:
        try:
            answer = self._events.put_events(Entries=batch)
        except (BotoCoreError, ClientError) as error:
            _logger.warning("%d events were lost: %s", len(batch), error)
            return
        if answer["FailedEntryCount"]:
            _logger.warning("%d events were refused by the bus", answer["FailedEntryCount"])
