"""The post office behind both providers: every accepted call passes here, in whatever weather."""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from message_tracker.core.domain.message import Channel
from message_tracker.local.twin.accepted import Accepted
from message_tracker.local.twin.inbox import Inbox
from message_tracker.local.twin.publication import EventSink, ProviderEvent, Route, Subscriptions
from message_tracker.local.twin.timeline import Timeline
from message_tracker.local.twin.weather import Weather


class CallThrottled(Exception):
    """The weather throttles this call: nothing was accepted."""


class CallFailed(Exception):
    """The weather fails this call: nothing was accepted."""


class _Delivery(NamedTuple):
    event: ProviderEvent
    route: Route


class PostOffice:
    """Takes calls in, keeps their messages, publishes their events when they are due.

    Args:
        sink: takes what is published.
        subscriptions: what of it is wanted by then: as at AWS, an event that nobody wants when it
            happens is lost.
    """

    def __init__(self, sink: EventSink, subscriptions: Mapping[Channel, Subscriptions]) -> None:
        self.inbox = Inbox()
        self.weather = Weather()
        self._sink = sink
        self._subscriptions = subscriptions
        self._calls: Counter[str] = Counter()
        self._calls_lock = threading.Lock()
        self._timeline = Timeline[_Delivery](self._deliver)

    def open(self) -> None:
        """Begin to deliver events."""
        self._timeline.start()

    def close(self) -> None:
        """Deliver no more events."""
        self._timeline.stop()

    def pending_events(self) -> int:
        """Return how many deliveries are still to be made."""
        return self._timeline.pending()

    def take(self, message: Accepted, events: Iterable[ProviderEvent]) -> bool:
        """Accept a call; return whether the weather loses its answer.

        Raises:
            CallThrottled: the weather says "later".
            CallFailed: the weather says 500.
        """
        weather = self.weather
        call = (message.message_id, self._count_call(message.message_id))
        time.sleep(weather.latency_seconds)
        if weather.strikes(weather.throttle, "throttle", *call):
            raise CallThrottled
        if weather.strikes(weather.fail, "fail", *call):
            raise CallFailed
        self.inbox.add(message)
        for event in events:
            self._publish(event, weather)
        return weather.strikes(weather.lose_response, "lose_response", *call)

    def _count_call(self, message_id: str) -> int:
        """Return the how-maniest call for this message it is: a retry meets other weather."""
        with self._calls_lock:
            self._calls[message_id] += 1
            return self._calls[message_id]

    def _publish(self, event: ProviderEvent, weather: Weather) -> None:
        """Schedule an event's deliveries: none, one or two by each route."""
        name = (event.message_id, event.event_type)
        if weather.strikes(weather.drop, "drop", *name):
            return
        copies = 2 if weather.strikes(weather.double, "double", *name) else 1
        for route in event.bodies:
            for copy in range(copies):
                delay = event.after_seconds + weather.delay_seconds
                if copy or weather.strikes(weather.reorder, "reorder", *name, route):
                    delay += weather.reorder_seconds * weather.throw("hold", *name, route, copy)
                self._timeline.schedule(delay, _Delivery(event, route))

    def _deliver(self, due: _Delivery) -> None:
        if self._subscriptions[due.event.channel].want(due.event, due.route):
            self._sink.deliver(due.event, due.route)
