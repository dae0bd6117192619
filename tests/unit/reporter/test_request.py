"""What the reporter is asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from message_tracker.core.domain.errors import PermanentError
from message_tracker.core.domain.period import Period
from message_tracker.failed_message_reporter.request import requested_period

START, END = "2026-09-01T00:00:00Z", "2026-09-01T14:00:00+02:00"


@pytest.mark.parametrize("event", [{}, {"source": "aws.scheduler", "detail": {}}])
def test_the_schedules_event_asks_for_what_is_due(event: Mapping[str, Any]) -> None:
    assert requested_period(event) is None


def test_a_person_asks_for_a_period() -> None:
    period = requested_period({"period": {"start": START, "end": END}, "kind": "on_demand"})

    day = datetime(2026, 9, 1, tzinfo=UTC)
    assert Period(day, day.replace(hour=12)) == period


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        pytest.param({"period": {"start": START}}, "end", id="no end"),
        pytest.param({"period": {"start": START, "end": "noon"}}, r"\$.period.end", id="no time"),
        pytest.param(
            {"period": {"start": "2026-09-01T00:00:00", "end": END}}, r"\$.period.start", id="naive"
        ),
        pytest.param({"period": {"start": END, "end": START}}, "later", id="backwards"),
        pytest.param({"period": {"start": START, "end": END}, "kind": "daily"}, "kind", id="kind"),
        pytest.param({"period": {"start": START, "end": END, "zone": 1}}, "zone", id="unknown"),
        pytest.param({"period": None}, "object", id="null"),
    ],
)
def test_another_request_is_refused_by_naming_its_fault(
    event: Mapping[str, Any], fault: str
) -> None:
    with pytest.raises(PermanentError, match=fault):
        requested_period(event)
