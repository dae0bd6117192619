"""Until when a group is sent, if it goes on as it does."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from message_tracker.core.domain.message import GroupState
from message_tracker.core.domain.progress import Progress, estimated_finish

NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "channels", "minutes"),
    [
        pytest.param(GroupState.ACTIVE, [Progress(90, 45)], 2, id="two-minutes-at-this-rate"),
        pytest.param(GroupState.ACTIVE, [Progress(9, 9), Progress(30, 10)], 3, id="the-slower"),
        pytest.param(GroupState.ACTIVE, [Progress(0, 9), Progress(9, 9)], 1, id="one-is-done"),
        pytest.param(GroupState.ACTIVE, [Progress(0, 9)], None, id="nothing-waits"),
        pytest.param(GroupState.ACTIVE, [Progress(9, 0), Progress(9, 9)], None, id="one-stands"),
        pytest.param(GroupState.PAUSED, [Progress(9, 9)], None, id="paused"),
        pytest.param(GroupState.STOPPED, [Progress(9, 9)], None, id="stopped"),
    ],
)
def test_the_finish_is_what_waits_at_the_rate_of_the_last_minute(
    state: GroupState, channels: Sequence[Progress], minutes: int | None
) -> None:
    finish = estimated_finish(state, channels, NOW)

    assert (None if minutes is None else NOW + timedelta(minutes=minutes)) == finish
