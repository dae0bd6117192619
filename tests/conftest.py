"""What every test may ask for: a database of its own on a real Postgres."""

import re
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

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


_FRESH: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# What shares something dear: one process runs all of it, the longest first. The rest goes to
# whichever is free.
_TOGETHER: Final = {
    "tests/e2e": "stack",  # the running stack, and what it is built of
    "tests/integration/local": "stack",
    "tests/infra": "templates",
}


class _Together(LoadScopeScheduling):  # type: ignore[misc] # xdist ships no types
    """Gives a process all that shares something, and any other test to whichever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for path, group in _TOGETHER.items() if nodeid.startswith(path)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Together:
    """Say which tests stay together when several processes share them."""
    return _Together(config, log)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case that holds a fresh id by its argument: every process must name it the same."""
    return argname if _FRESH.search(str(val)) else None


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
