"""The migrator's Lambda: a custom resource of CloudFormation, before and after the new code."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core.aws.secrets import database_url
from message_tracker.core.observability import tells_errors
from message_tracker.core.settings import MigratorSettings
from message_tracker.core.store.database import Database
from message_tracker.migrator.answering import put
from message_tracker.migrator.request import MigrationRequest
from message_tracker.migrator.service import carry_out, logger


def database() -> Database:
    """Return the database that the function's settings name."""
    return Database(database_url(MigratorSettings.from_env()))


@tells_errors
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Migrate one phase and tell CloudFormation how it went."""
    request = MigrationRequest.model_validate(event)
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    put(request.response_url, carry_out(request, database, remaining=remaining))
