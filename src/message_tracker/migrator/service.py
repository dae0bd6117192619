"""Carries out what CloudFormation asks for, and always answers: silence would hold up a deployment.

A deletion changes nothing: the schema belongs to the data, which outlives the stack.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from message_tracker.core import observability
from message_tracker.core.domain.errors import MessageTrackerError
from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import Phase, migrate
from message_tracker.migrator.request import MigrationAnswer, MigrationRequest

logger = observability.logger("migrator")

# What is left of the function's time for the answer.
_TO_ANSWER = timedelta(seconds=30)


def carry_out(
    request: MigrationRequest, connect: Callable[[], Database], *, remaining: timedelta
) -> MigrationAnswer:
    """Do what is asked and return the answer, whatever goes wrong.

    Args:
        request: of CloudFormation.
        connect: gives the database, which is closed when all is done.
        remaining: the time until the function ends.
    """
    if request.request_type == "Delete":
        return request.answer()
    try:
        _migrate(connect(), request.resource_properties.phase, remaining - _TO_ANSWER)
    except MessageTrackerError as error:
        observability.note(logger, "the schema was not migrated", error, fault=str(error))
        return request.answer(fault=str(error))
    except Exception as error:  # noqa: BLE001 - noted, and CloudFormation waits for an answer
        observability.note(logger, "the schema was not migrated", error)
        return request.answer(fault=f"{type(error).__name__}: see the migrator's log")
    return request.answer()


def _migrate(database: Database, phase: Phase, timeout: timedelta) -> None:
    try:
        applied = migrate(database, now=datetime.now(UTC), phases={phase}, timeout=timeout)
    finally:
        database.close()  # this process may live on, and nobody else uses it
    logger.info("migrated", extra={"applied": [migration.name for migration in applied]})
