"""What the benchmark says of a pause, a resume and another rate."""

from benchmarks.limiter_changes import changes
from benchmarks.virtual_dynamodb import Weather


def test_a_change_holds_for_the_fleet_after_what_may_still_run_at_most() -> None:
    measured = changes(45_000, (1, 2, 10), 4, Weather(median=4_000), times=4)

    assert 0 < measured["stop_s_median"] <= measured["stop_s_worst"] < 1.2
    assert 0 < measured["start_s_median"] <= measured["start_s_worst"] < 0.6
    assert measured["new_rate_s_median"] <= measured["new_rate_s_worst"] <= 1.3
