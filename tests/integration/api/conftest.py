"""The API on a real Postgres."""

from collections.abc import Iterator

import pytest

from message_tracker.core.store.database import Database
from tests.http_api import ApiUnderTest, api_on


@pytest.fixture
def api(database: Database) -> Iterator[ApiUnderTest]:
    """The API with a database of the test's own, one key and fake queues."""
    yield from api_on(database)
