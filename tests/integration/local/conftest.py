"""One emulator for the tests of this folder that only look at it."""

from collections.abc import Iterator

import pytest

from message_tracker.local.emulator import Emulator, emulator


@pytest.fixture(scope="session")
def aws() -> Iterator[Emulator]:
    with emulator() as running:
        yield running
