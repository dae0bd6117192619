"""The operator's connection to Postgres."""

from message_tracker.core.aws.secrets import database_url
from message_tracker.core.settings import OperatorSettings
from message_tracker.core.store.database import Database


def operator_database() -> Database:
    """Return the database of MT_DATABASE_URL, or of the secret MT_DATABASE_SECRET_ARN."""
    return Database(database_url(OperatorSettings.from_env()))
