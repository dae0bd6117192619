"""One local stack for all end-to-end tests."""

from collections.abc import Iterator

import pytest

from message_tracker.local.settings import LocalSettings
from message_tracker.local.stack import local_stack
from message_tracker.local.twin.weather import Weather
from tests import postgres
from tests.running_stack import RunningStack


@pytest.fixture(scope="session")
def stack(postgres_url: str) -> Iterator[RunningStack]:
    """The local stack, with a database of its own; no function was refused what it needs."""
    with (
        postgres.fresh_database(postgres_url) as database_url,
        local_stack(LocalSettings(database_url=database_url), print) as running,
    ):
        yield RunningStack(running)
        assert [] == running.emulator.denials()


@pytest.fixture(autouse=True)
def fair_weather(stack: RunningStack) -> Iterator[None]:
    """Leave the provider as it was found."""
    yield
    stack.stack.twin.weather = Weather()
