"""Structured logs and metrics of every Lambda, by Powertools for AWS Lambda; errors, by Sentry.

No personal data belongs in any: message ids, counts and causes only.
"""

from functools import cache

from aws_lambda_powertools import Logger, Metrics

from message_tracker.core.observability.telling import note, tell, telling, tells_errors
from message_tracker.core.settings import ObservedSettings

__all__ = ["NAMESPACE", "logger", "metrics", "note", "tell", "telling", "tells_errors"]

NAMESPACE = "MessageTracker"


def logger(service: str | None = None) -> Logger:
    """Return the service's structured JSON logger; of None, the function's that runs it.

    All modules of a service share it: what one appends to its lines stands in all of them.
    """
    return Logger(service=service)


def metrics(service: str) -> Metrics:
    """Return the service's metrics, written to the log in Embedded Metric Format.

    Each has the dimensions `service` and `stage`: two stages of one account are counted apart.
    """
    found = Metrics(namespace=NAMESPACE, service=service)
    found.set_default_dimensions(stage=_stage())
    return found


@cache
def _stage() -> str:
    return ObservedSettings.from_env().stage
