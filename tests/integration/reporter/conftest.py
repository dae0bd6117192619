import pytest

from message_tracker.core.store.database import Database
from tests.failed_messages import Ledger


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)
