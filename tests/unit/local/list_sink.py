"""An event sink that can be looked at."""

from message_tracker.local.twin.publication import ProviderEvent, Route


class ListSink:
    """Keeps what it is delivered."""

    def __init__(self) -> None:
        self.delivered: list[tuple[Route, ProviderEvent]] = []

    def deliver(self, event: ProviderEvent, route: Route) -> None:
        self.delivered.append((route, event))

    def types(self, route: Route = Route.STREAM) -> list[str]:
        return [event.event_type for by, event in self.delivered if by is route]
