import pytest

from message_tracker.core.store.database import Database
from tests.outbox import Outbox


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)
