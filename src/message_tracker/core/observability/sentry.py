"""Sentry, told as little as serves to find an error: its type, its place, whose request it was.

What an error says may name a person, and so may the values it had in hand: neither leaves. Events
are made by a list of what may stand in them, so that nothing new in the SDK adds to it.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import sentry_sdk
from sentry_sdk.utils import BadDsn, event_from_exception

from message_tracker.core.domain.errors import ConfigurationFault

_FLUSH_SECONDS: Final = 2.0
_OF_EVENTS: Final = ("event_id", "timestamp", "level", "platform", "environment", "tags", "sdk")
_OF_FRAMES: Final = ("filename", "module", "function", "lineno", "in_app")


class Sentry:
    """A client of its own: it changes nothing of the process, and hears of nothing by itself.

    Raises `ConfigurationFault` if the DSN is none.
    """

    def __init__(self, dsn: str, stage: str) -> None:
        self._stage = stage
        self._function = ""
        self._told: Exception | None = None
        try:
            self._client = sentry_sdk.Client(
                dsn=dsn,
                environment=stage,
                default_integrations=False,
                auto_enabling_integrations=False,
                include_local_variables=False,
                include_source_context=False,
                max_request_body_size="never",
                max_breadcrumbs=0,
                auto_session_tracking=False,
                send_client_reports=False,
                in_app_include=["message_tracker"],
                before_send=_stripped,
            )
        except BadDsn as error:
            # Not with its text, which may quote the DSN.
            raise ConfigurationFault(
                "SENTRY_DSN is no DSN of Sentry: copy it from the project's settings, Client Keys"
            ) from error

    def begin(self, function: str) -> None:
        """Name the function that runs."""
        self._function = function

    def tell(self, error: Exception, correlation_id: str | None) -> None:
        """Tell of an error, once however far up it comes; what is told leaves with `flush`."""
        if error is self._told:
            return
        self._told = error
        tags = {"stage": self._stage, "function": self._function, "correlation_id": correlation_id}
        event, hint = event_from_exception(error, client_options=self._client.options)
        event["tags"] = {name: value for name, value in tags.items() if value}
        self._client.capture_event(event, hint)

    def flush(self) -> None:
        """Wait until all is sent, at most two seconds: between invocations nothing runs."""
        self._told = None
        self._client.flush(timeout=_FLUSH_SECONDS)


def _stripped(event: Any, _hint: Mapping[str, Any]) -> Any:  # noqa: ANN401 - Sentry's own type
    """Return of an event what names nobody."""
    errors = event.get("exception", {}).get("values", [])
    kept = {name: event[name] for name in _OF_EVENTS if name in event}
    return {**kept, "exception": {"values": [_error(error) for error in errors]}}


def _error(error: Mapping[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames", [])
    return {
        "type": error.get("type"),
        "module": error.get("module"),
        "stacktrace": {"frames": [_frame(cast("Mapping[str, Any]", frame)) for frame in frames]},
    }


def _frame(frame: Mapping[str, Any]) -> dict[str, Any]:
    return {name: frame[name] for name in _OF_FRAMES if name in frame}
