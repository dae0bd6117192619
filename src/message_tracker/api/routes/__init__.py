"""The routes, one module for each kind of thing."""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from message_tracker.api.router import Router
from message_tracker.api.services import Services

_MODULES: Final = (
    "send",
    "messages",
    "groups",
    "redrive",
    "stats",
    "templates",
    "suppressions",
    "audiences",
    "imports",
    "webhooks",
    "daily",
    "reports",
    "results",
    "sns",
    "health",
    "tracking",
    "documents",
)
# Where a path's first segment is no module's name; the documents tell of all routes.
_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "groups": ("groups", "redrive"),
    "messages": ("messages", "redrive"),
    "events": ("sns",),
    "v1": ("results",),
    "reports": ("daily", "reports"),
    "r": ("reports",),
    "c": ("tracking",),
    "o": ("tracking",),
    "u": ("tracking",),
    "docs": _MODULES,
    "openapi.json": _MODULES,
}


class Routes:
    """Registers routes when the first request for their like comes.

    All of them with their models are a sixth of the API's start, and a request needs one.
    """

    def __init__(self, api: Router, services: Services) -> None:
        self._api = api
        self._services = services
        self._added: set[str] = set()

    def add_for(self, path: str) -> None:
        """Register what may answer a path."""
        segment = path.removeprefix("/").partition("/")[0]
        for name in _OTHERS.get(segment, (segment,)):
            if name in _MODULES:
                self._add(name)

    def add_all(self) -> None:
        """Register every route there is."""
        for name in _MODULES:
            self._add(name)

    def _add(self, name: str) -> None:
        if name not in self._added:
            import_module(f"{__name__}.{name}").add(self._api, self._services)
            self._added.add(name)
