"""Tells Sentry of errors, where `SENTRY_DSN` is set; elsewhere nothing of Sentry is loaded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import PurePath
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, TypeVar

from aws_lambda_powertools import Logger

from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.settings import ObservedSettings

if TYPE_CHECKING:
    from message_tracker.core.observability.sentry import Sentry

Answer = TypeVar("Answer")
Handler = Callable[[dict[str, Any], Any], Answer]


def tells_errors(handler: Handler[Answer]) -> Handler[Answer]:
    """Let a Lambda tell of what it raises, and of all it has told, before its invocation ends.

    The decorated raises `ConfigurationFault` if errors are to be told and cannot be.
    """

    @wraps(handler)
    def run(event: dict[str, Any], context: Any) -> Answer:  # noqa: ANN401 - Lambda's own, or a test's
        sentry = _sentry()
        if sentry is None:
            return handler(event, context)
        sentry.begin(context.function_name)
        try:
            with telling():
                return handler(event, context)
        finally:
            sentry.flush()

    return run


@contextmanager
def telling() -> Iterator[None]:
    """Tell of what is raised inside, and let it go on."""
    try:
        yield
    except Exception as error:
        tell(error)
        raise


def tell(error: Exception) -> None:
    """Tell of an error that ends here: where it was, never what it says."""
    if sentry := _sentry():
        sentry.tell(error, Logger().get_correlation_id())


def note(log: Logger, words: str, error: Exception, **facts: object) -> None:
    """Log an error that ends here, and tell of it: what kind it is and where it was.

    Neither its text nor its values nor those of its causes, which may hold what a person wrote.
    """
    tell(error)
    log.error(words, extra={**facts, "cause": type(error).__name__, "location": _location(error)})


def _location(error: Exception) -> str:
    frames = extract_tb(error.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


@cache
def _sentry() -> "Sentry | None":
    settings = ObservedSettings.from_env()
    if not settings.sentry_dsn:
        return None
    try:
        # It stays here, where only who wants it pays for loading it.
        from message_tracker.core.observability.sentry import Sentry
    except ModuleNotFoundError as error:
        raise ConfigurationFault(
            "SENTRY_DSN is set, and sentry-sdk is not installed: install the extra `sentry`"
            " (message-tracker[sentry]), or set `sentry_dsn` of the stage, which bundles it"
        ) from error
    return Sentry(settings.sentry_dsn, settings.stage)
