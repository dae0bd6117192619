"""Flies a canary: sends to the simulators as any caller does, and looks until it has arrived."""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import uuid4

from message_tracker.core.domain.canary import Flight, request
from message_tracker.core.domain.errors import MessageTrackerError
from message_tracker.core.domain.message import Channel


class Api(Protocol):
    """The HTTP API, by a key."""

    def get(self, path: str) -> Mapping[str, Any]:
        """Return the JSON object at a path."""
        ...

    def post(
        self, path: str, body: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> Mapping[str, Any]:
        """Post a JSON object and return the answer's."""
        ...


@dataclass(frozen=True, slots=True)
class Canary:
    """Flies, as often as it is asked.

    Args:
        api: what it calls.
        group: what its messages are counted under.
        within: seconds to wait for the events.
        pause: seconds between two looks.
    """

    api: Api
    group: str
    within: float
    pause: float

    def fly(self, channels: Iterable[Channel]) -> Sequence[Flight]:
        """Send one message by each channel; return when each has ended, or the time is up."""
        flights: Sequence[Flight] = [self._start(channel) for channel in channels]
        deadline, pause = time.monotonic() + self.within, threading.Event()
        while not all(each.has_ended for each in flights) and time.monotonic() < deadline:
            pause.wait(self.pause)
            flights = [each if each.has_ended else self._look(each) for each in flights]
        return flights

    def _start(self, channel: Channel) -> Flight:
        """Send one message; a refusal is kept, so that the other channel is tried all the same."""
        begun = time.monotonic()
        try:
            answer = self.api.post(
                "/send", request(channel, self.group), idempotency_key=str(uuid4())
            )
        except MessageTrackerError as error:
            return Flight(channel, why=str(error))
        return Flight(
            channel, answer["message_ids"][0], "queued", accepted_after=time.monotonic() - begun
        )

    def _look(self, flight: Flight) -> Flight:
        try:
            return flight.seen(self.api.get(f"/messages/{flight.message_id}"))
        except MessageTrackerError as error:  # the next look may find it
            return replace(flight, why=str(error))
