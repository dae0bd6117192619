"""The connections that the functions may open at a time, against those that Postgres takes.

An invocation holds one connection, and Lambda runs no more of them at a time than a function's
event sources, its schedule or its reserved concurrency let it. Were the sum more than Postgres
takes, a campaign would find that out.
"""

from collections.abc import Mapping

from infra.config import InvalidConfiguration, StageConfig
from infra.functions import TrackerFunction

# Three are the superuser's (superuser_reserved_connections); the others are for operators, and for
# environments that Lambda replaces while their successors already run.
_SPARE = 13


def check_connections(config: StageConfig, functions: Mapping[str, TrackerFunction]) -> None:
    """Check that Postgres takes as many connections as `functions` may open.

    Raises:
        InvalidConfiguration: it does not; the message lists who wants how many.
    """
    wanted = {name: function.concurrency for name, function in functions.items()}
    if sum(wanted.values()) + _SPARE <= config.most_connections:
        return
    listed = ", ".join(
        f"{name} {most}" for name, most in sorted(wanted.items(), key=lambda each: -each[1])
    )
    raise InvalidConfiguration(
        f"stage {config.stage!r}: the functions may open {sum(wanted.values())} connections at a "
        f"time ({listed}), {_SPARE} are kept in hand, and Postgres takes "
        f"{config.most_connections}: {_remedy(config)}, or lower api_concurrency "
        f"(now {config.api_concurrency or 'unset'}), email_concurrency or "
        "event_processor_concurrency"
    )


def _remedy(config: StageConfig) -> str:
    if config.database == "aurora":
        return f"raise database_max_capacity (now {config.database_max_capacity:g})"
    return "let it take more and set database_max_connections to what it takes"
