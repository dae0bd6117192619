"""The operator's connection to Postgres."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from message_tracker.cli.settings import OperatorSettings
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.store.database import Database

# A command may rewrite months of events in one statement; a person waits for it.
_PATIENCE = timedelta(hours=2)


@contextmanager
def operator_database(*, search_path: str = "") -> Iterator[Database]:
    """Give the database of MT_DATABASE_URL, or of the secret MT_DATABASE_SECRET_ARN."""
    database = Database(
        database_url(OperatorSettings.from_env()),
        statement_timeout=_PATIENCE,
        search_path=search_path,
        patience=timedelta(0),  # a person sees at once what is wrong with the URL
    )
    try:
        yield database
    finally:
        database.close()
