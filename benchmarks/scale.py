"""What a message costs at each stage as campaigns grow: the same, or the system does not scale.

Campaigns of one, two and four times the messages run from the request to the last event, by the
Lambdas' own handlers and a durable Postgres, each in a database of its own. Sizes take turns, and
of each stage the run that took the least CPU counts: what disturbs a machine only ever adds.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from benchmarks.campaign import Campaign
from benchmarks.figures import report
from benchmarks.invocations import Work
from benchmarks.measured_postgres import connected, database, server
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import migrate

_FIRST = ("accept", "send", "read", "sweep", "balance")
_LATER = ("forget", "rest", "wake")
STAGES = _FIRST + _LATER
_QUICK = (1_000, 2_000, 4_000)
_FULL = (10_000, 20_000, 40_000)
_PREPARED = "prepared"
_SIZES = """
SELECT sum(pg_total_relation_size(relation.oid)) FILTER (WHERE is_event)::bigint AS events,
       sum(pg_total_relation_size(relation.oid)) FILTER (WHERE NOT is_event)::bigint AS others
  FROM pg_class AS relation
  CROSS JOIN LATERAL (
           SELECT relation.relname LIKE 'message_event%%' AS is_event
       ) AS kind
 WHERE relation.relkind = 'r' AND relation.relnamespace = 'public'::regnamespace
"""

Figures = dict[str, float]


def run(*, quick: bool) -> dict[str, object]:
    """Measure, and return the report: per message and stage, by channel and size."""
    sizes, rounds = (_QUICK, 2) if quick else (_FULL, 3)
    figures: dict[str, object] = {}
    ratios: dict[str, float] = {}
    with server() as url, database(url, _PREPARED) as prepared:
        with connected(prepared) as store:
            migrate(store, now=datetime.now(UTC))
        for channel in Channel:
            bench = _Bench(url, channel)
            for _ in range(rounds):
                for size in sizes:
                    bench.run(size)
            figures[channel] = bench.figures()
            ratios |= bench.growth(sizes)
    return report(
        "scale",
        conditions={
            "messages": list(sizes),
            "rounds": rounds,
            "recipients_per_request": 1_000,
            "messages_per_chunk": {"email": 14, "text": 45},
            "events_per_object": 5_000,
            "providers_queues_limiter_archive": "in process, answer at once",
            "postgres": "a commit waits for the disk",
        },
        figures=figures,
        ratios=ratios,
    )


class _Bench:
    """One channel's campaigns on one server."""

    def __init__(self, url: str, channel: Channel) -> None:
        self._url = url
        self._channel = channel
        self._stages: dict[int, dict[str, Work]] = {}
        self._events: dict[int, int] = {}
        self._sizes: dict[int, Figures] = {}

    def run(self, messages: int) -> None:
        """Run a campaign, and keep of each stage the cheapest run so far."""
        name = f"scale_{messages}"
        with database(self._url, name, _PREPARED) as url, connected(url) as store:
            empty = _sizes(store)
            campaign = Campaign(store, self._channel, messages)
            works = {stage: getattr(campaign, stage)() for stage in _FIRST}
            store.fetch("VACUUM")
            full = _sizes(store)
            works |= {stage: getattr(campaign, stage)() for stage in _LATER}
        kept = self._stages.setdefault(messages, works)
        for stage, work in works.items():
            if work.cost.cpu < kept[stage].cost.cpu:
                kept[stage] = work
        self._events[messages] = campaign.events
        self._sizes[messages] = {
            "event_bytes": round((full["events"] - empty["events"]) / campaign.events, 1),
            "message_bytes": round((full["others"] - empty["others"]) / messages, 1),
        }

    def figures(self) -> dict[str, object]:
        """Return what a message costs, by the campaign's size."""
        return {
            str(messages): {
                "events_per_message": round(self._events[messages] / messages, 3),
                **self._sizes[messages],
                **{stage: _per_message(work, messages) for stage, work in works.items()},
            }
            for messages, works in self._stages.items()
        }

    def growth(self, sizes: Sequence[int]) -> dict[str, float]:
        """Return how much more a message costs in the largest campaign than in the smallest."""
        small, large = (self._stages[size] for size in (sizes[0], sizes[-1]))
        factor = sizes[-1] / sizes[0]
        return {
            f"{self._channel}_{stage}": large[stage].cost.cpu / small[stage].cost.cpu / factor
            for stage in STAGES
        }


def _per_message(work: Work, messages: int) -> Figures:
    cost = work.cost
    return {
        "client_us": round(cost.client / messages * 1e6, 1),
        "postgres_us": round(cost.backend / messages * 1e6, 1),
        "wall_us": round(cost.wall / messages * 1e6, 1),
        "wal_bytes": round(cost.wal / messages, 1),
        "commits": round(work.commits / messages, 5),
        "invocations": round(work.invocations / messages, 5),
        "log_lines": round(work.log_lines / messages, 5),
        "log_bytes": round(work.log_bytes / messages, 2),
    }


def _sizes(store: Database) -> Mapping[str, int]:
    return store.fetch(_SIZES)[0]
