"""What every test may ask for: a database of its own on a real Postgres."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from message_tracker.core.store.database import Database
from tests import postgres

# The same inputs on every run, and a blob to replay what failed; databases make examples slow.
settings.register_profile(
    "ci",
    derandomize=True,
    print_blob=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("ci")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of this run's server."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> Iterator[str]:
    """The name of a migrated, empty database to copy."""
    with postgres.migrated_template(postgres_url) as name:
        yield name


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """The URL of a migrated database of the test's own."""
    with postgres.fresh_database(postgres_url, template_database) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database of the test's own, connected."""
    connected = Database(lambda: database_url)
    yield connected
    connected.close()
