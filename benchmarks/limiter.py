"""How well the Slot limiter keeps a rate of 45 segments/s, beside others, from 1 to 50 senders.

Simulated time, real code: `slot_simulation` runs the product's adapter, clock, leasing and pacing.
Deterministic, but for the short runs in real time against the emulator at the end.
"""

from dataclasses import dataclass

from benchmarks.figures import report
from benchmarks.limiter_changes import changes
from benchmarks.limiter_emulated import emulated
from benchmarks.limiter_peers import PEERS, PeerFleet
from benchmarks.send_measures import excess, most_in_a_second, units_between
from benchmarks.slot_simulation import Fleet
from benchmarks.virtual_dynamodb import Weather
from benchmarks.virtual_time import EPOCH
from message_tracker.core.domain.pace import PACED, Pace, RateMode, pace_of

RATE = 45_000
SIZES = (1, 1, 1, 1, 1, 2, 2, 3, 5, 10)
_WORKERS = (1, 2, 5, 10, 50)
_SEED = 23
_NETWORK = Weather(median=4_000)
_BATCH, _LARGE_BATCH = 10, 100
_BACKLOG = 10_000

Figures = dict[str, float]


@dataclass
class Measured:
    """A fleet, and what it had asked of DynamoDB when the measurement began (second `since`)."""

    fleet: Fleet
    since: int
    writes: int = 0
    failed: int = 0
    reads: int = 0
    leases: int = 0

    def run(self) -> Figures:
        """Run it, and return its figures."""
        self.fleet.at(self.since, self._begin)
        self.fleet.run()
        return self._figures()

    def _begin(self) -> None:
        self.writes, self.failed = self.fleet.item.writes, self.fleet.item.failed_writes
        self.reads, self.leases = self.fleet.item.reads, len(self.fleet.leases)

    def _figures(self) -> Figures:
        fleet, item = self.fleet, self.fleet.item
        units = units_between(fleet.sends, self.since, fleet.seconds)
        writes = item.writes - self.writes
        leases = len(fleet.leases) - self.leases
        looks = {"reads_per_lease": round((item.reads - self.reads) / leases, 4)} if leases else {}
        return {
            **looks,
            "utilisation": round(units * 1000 / (RATE * (fleet.seconds - self.since)), 4),
            "burst": round(excess(fleet.sends, RATE), 2),
            "max_in_1s": most_in_a_second(fleet.arrivals),
            "writes_per_segment": round(writes / units, 4),
            "failed_writes": round((item.failed_writes - self.failed) / max(1, writes), 4),
            "wait_p99_ratio": round(_p99(fleet, 10) / _p99(fleet, 1), 2),
        }


def run(*, quick: bool) -> dict[str, object]:
    """Measure, and return the report."""
    seconds = 60 if quick else 240
    strict = pace_of(RateMode.STRICT, max(SIZES))
    workers = {str(n): _slot(n, seconds) for n in _WORKERS}
    peers = {name: {str(n): _peer(name, n, seconds) for n in _WORKERS} for name in PEERS}
    two = workers["2"]
    real = emulated(RATE, SIZES, seconds=6 if quick else 30)
    return report(
        "limiter",
        conditions={
            "rate": RATE / 1000,
            "sizes": list(SIZES),
            "seconds": seconds,
            "seed": _SEED,
            "dynamodb_round_trip_ms": _NETWORK.median / 1000,
            "batch": _BATCH,
            "chunk": "at most one second of the rate, as the product's",
            "wait": "from turning to a message's chunk (slot) or to the message (peers)",
            "peers.zae_limiter_model": "the algorithm zae-limiter 0.17 documents, not the library",
            "emulated.zae_limiter": real.zae_limiter,
            "peers": "buckets of one second; they sleep for as long as they are told",
        },
        figures={
            "workers": workers,
            "large_batch": {str(n): _slot(n, seconds, batch=_LARGE_BATCH) for n in _WORKERS},
            "strict": {str(n): _slot(n, seconds, pace=strict) for n in _WORKERS},
            "peers": peers,
            "drain_over_ideal": {str(n): _drain(n) for n in (2, 50)},
            "transactional_wait_s": {str(n): _overtaking(n, seconds) for n in (2, 10, 50)},
            "changes": {
                str(n): changes(RATE, SIZES, n, _NETWORK, times=3 if quick else 40)
                for n in (2, 10, 50)
            },
            "emulated": real.figures,
        },
        ratios={
            f"writes_{name}_over_slot": peer["2"]["writes_per_segment"] / two["writes_per_segment"]
            for name, peer in peers.items()
        },
    )


def _slot(workers: int, seconds: int, *, batch: int = _BATCH, pace: Pace = PACED) -> Figures:
    since = _settled(workers)
    fleet = Fleet(RATE, SIZES, workers, _SEED, batch, _NETWORK, seconds=since + seconds, pace=pace)
    return Measured(fleet, since).run()


def _peer(name: str, workers: int, seconds: int) -> Figures:
    since = _settled(workers)
    fleet = PeerFleet(RATE, SIZES, workers, _SEED, _BATCH, _NETWORK, seconds=since + seconds)
    fleet.acquire = PEERS[name]
    return Measured(fleet, since).run()


def _settled(workers: int) -> int:
    """Return the second at which every sender has had its first turns."""
    return 5 + 2 * workers


def _drain(workers: int) -> float:
    """Return the time that 10,000 messages take, over the ideal, creation of the item included."""
    fleet = Fleet(
        RATE, SIZES, workers, _SEED, _BATCH, _NETWORK, backlog=_BACKLOG, seconds=900
    ).run()
    ideal = sum(units for _, units in fleet.sends) * 1000 / RATE
    return round((fleet.sends[-1][0] - EPOCH) / 1e6 / ideal, 4)


def _overtaking(workers: int, seconds: int) -> Figures:
    """Return how long one transactional message a second waits beside a campaign."""
    fleet = Fleet(RATE, SIZES, workers, _SEED, _BATCH, _NETWORK, seconds=seconds, urgent=1).run()
    waits = sorted(fleet.urgent_waits)
    return {"p50": _seconds(waits, 0.5), "p99": _seconds(waits, 0.99)}


def _p99(fleet: Fleet, size: int) -> float:
    return max(0.001, _seconds(sorted(wait for wait, units in fleet.waits if units == size), 0.99))


def _seconds(waits: list[int], quantile: float) -> float:
    return round(waits[int(quantile * len(waits))] / 1e6, 3) if waits else 0.0
