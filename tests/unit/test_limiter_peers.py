"""The benchmark's other limiters do what is said of them."""

import pytest

from benchmarks.limiter import Measured
from benchmarks.limiter_peers import PEERS, PeerFleet
from benchmarks.virtual_dynamodb import Weather


def figures(name: str, workers: int) -> dict[str, float]:
    fleet = PeerFleet(45_000, (1, 2, 10), workers, 1, weather=Weather(median=4_000), seconds=25)
    fleet.acquire = PEERS[name]
    return Measured(fleet, since=5).run()


def test_without_a_condition_two_senders_exceed_the_rate() -> None:
    assert figures("naive", 2)["utilisation"] > 1.1


@pytest.mark.parametrize("name", ["optimistic", "zae_limiter_model"])
@pytest.mark.parametrize("workers", [1, 10])
def test_a_bucket_of_one_second_keeps_the_rate_and_bursts_by_its_size(
    name: str, workers: int
) -> None:
    measured = figures(name, workers)

    assert 0.85 < measured["utilisation"] < 1.03
    assert 35 < measured["burst"] < 46


def test_buckets_cost_more_writes_the_more_senders_there_are() -> None:
    few, many = (figures("zae_limiter_model", workers) for workers in (1, 10))

    assert few["writes_per_segment"] * 2 < many["writes_per_segment"]
