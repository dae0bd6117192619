"""The operator's connection to Postgres."""

from collections.abc import Iterator
from contextlib import contextmanager

from message_tracker.core.aws.secrets import database_url
from message_tracker.core.settings import OperatorSettings
from message_tracker.core.store.database import Database


@contextmanager
def operator_database() -> Iterator[Database]:
    """Give the database of MT_DATABASE_URL, or of the secret MT_DATABASE_SECRET_ARN."""
    database = Database(database_url(OperatorSettings.from_env()))
    try:
        yield database
    finally:
        database.close()
