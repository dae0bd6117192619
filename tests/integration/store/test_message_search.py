"""Messages are found page by page, each search on an index."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, NamedTuple, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.message_search import MessageSearch, Position
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store import messages as store
from message_tracker.core.store.database import Database
from message_tracker.core.store.messages import Messages
from message_tracker.core.store.queries import queries

NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
STATUSES = (MessageStatus.SENT, MessageStatus.BOUNCED)
GROUPS = ("spring", "autumn")

_INSERT = """
WITH grouped AS (
    INSERT INTO message_group (group_id, name)
    SELECT gen_random_uuid(), name FROM unnest(%(groups)s::text[]) AS name
    ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING group_id, name
), said AS (
    INSERT INTO message_content (content_id, is_template) VALUES (gen_random_uuid(), false)
    RETURNING content_id
), new AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(ats)s::timestamptz[], %(people)s::text[],
                         %(names)s::text[], %(channels)s::channel[], %(statuses)s::message_status[])
        AS n (message_id, created_at, person, name, channel, status)
), written AS (
    INSERT INTO message (message_id, group_id, content_id, channel, kind, recipient, user_id,
                         segments, on_unconfirmed, send_at, created_at)
    SELECT message_id, group_id, content_id, channel, 'marketing', person, person,
           CASE channel WHEN 'text' THEN 1 ELSE 0 END, 'hold', created_at, created_at
      FROM new JOIN grouped USING (name), said
)
INSERT INTO message_state (message_id, group_id, channel, status, provider_message_id)
SELECT message_id, group_id, channel, status, 'p-' || message_id
  FROM new JOIN grouped USING (name)
"""


class Stored(NamedTuple):
    at: datetime
    message_id: UUID
    person: str
    group: str
    channel: Channel
    status: MessageStatus

    def fits(self, search: MessageSearch) -> bool:
        return all(
            wanted is None or wanted == given
            for wanted, given in (
                (search.to, self.person),
                (search.user_id, self.person),
                (search.group, self.group),
                (search.channel, self.channel),
                (search.status, self.status),
                (search.provider_message_id, f"p-{self.message_id}"),
            )
        ) and (
            (search.accepted_from is None or search.accepted_from <= self.at)
            and (search.accepted_until is None or self.at < search.accepted_until)
        )


def stored(minute: int, person: int, group: int, status: int, channel: Channel) -> Stored:
    at = NOW + timedelta(minutes=minute)
    names = (f"person{person}", GROUPS[group])
    return Stored(at, new_id(), *names, channel, STATUSES[status])


def insert(database: Database, rows: list[Stored]) -> None:
    columns = {
        "groups": list(GROUPS),
        "ids": [row.message_id for row in rows],
        "ats": [row.at for row in rows],
        "people": [row.person for row in rows],
        "names": [row.group for row in rows],
        "channels": [row.channel for row in rows],
        "statuses": [row.status for row in rows],
    }
    database.fetch(_INSERT, columns)


def pages(database: Database, search: MessageSearch, most: int) -> Iterator[list[UUID]]:
    behind: Position | None = None
    while True:
        found = Messages(database).search(search, behind, most)
        yield [message["message_id"] for message in found.messages]
        if found.last is None:
            return
        assert behind is None or found.last < behind
        behind = found.last


messages = st.builds(
    stored,
    minute=st.integers(0, 3),
    person=st.integers(0, 2),
    group=st.integers(0, 1),
    status=st.integers(0, 1),
    channel=st.sampled_from(Channel),
)
searches = st.builds(
    MessageSearch,
    to=st.sampled_from([None, None, "person1"]),
    user_id=st.sampled_from([None, None, "person0"]),
    group=st.sampled_from([None, None, "spring", "unknown"]),
    status=st.sampled_from([None, *STATUSES]),
    channel=st.sampled_from([None, None, *Channel]),
    accepted_from=st.sampled_from([None, NOW + timedelta(minutes=1)]),
    accepted_until=st.sampled_from([None, NOW + timedelta(minutes=3)]),
)


@pytest.mark.parametrize("most_sifted", [2, 10_000])
@hypothesis_settings(max_examples=25)
@given(
    rows=st.lists(messages, max_size=25),
    later=st.lists(messages, max_size=4),
    search=searches,
    most=st.integers(1, 6),
)
def test_the_pages_have_each_message_once_the_newest_first_whatever_comes_meanwhile(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    most_sifted: int,
    rows: list[Stored],
    later: list[Stored],
    search: MessageSearch,
    most: int,
) -> None:
    monkeypatch.setattr(store, "MOST_SIFTED", most_sifted)
    database.fetch("TRUNCATE message, message_state, dispatch, message_group CASCADE")
    insert(database, rows)

    found: list[UUID] = []
    for number, page in enumerate(pages(database, search, most)):
        assert len(page) <= most
        found += page
        if number == 0:
            insert(database, [row._replace(at=row.at + timedelta(hours=1)) for row in later])

    assert found == [row.message_id for row in sorted(rows, reverse=True) if row.fits(search)]


def test_a_message_is_found_by_its_provider_s_id_and_by_its_group_s(database: Database) -> None:
    rows = [stored(0, number, 0, 0, Channel.EMAIL) for number in range(3)]
    insert(database, rows)
    [group] = database.fetch("SELECT group_id FROM message_group WHERE name = 'spring'")
    wanted = MessageSearch(provider_message_id=f"p-{rows[1].message_id}")

    assert [[rows[1].message_id]] == list(pages(database, wanted, 2))
    by_group = MessageSearch(group=str(group["group_id"]))
    assert 3 == sum(len(page) for page in pages(database, by_group, 2))


@pytest.fixture
def large(database: Database) -> Database:
    """Many messages, of many people and in many groups."""
    database.fetch(
        """
        WITH said AS (
            INSERT INTO message_content (content_id, is_template)
            VALUES (gen_random_uuid(), false) RETURNING content_id
        ), grouped AS (
            INSERT INTO message_group (group_id, name)
            SELECT gen_random_uuid(), 'group ' || n FROM generate_series(0, 99) AS n
            RETURNING group_id, split_part(name, ' ', 2)::integer AS n
        ), written AS (
            INSERT INTO message (message_id, group_id, content_id, channel, kind, recipient,
                                 user_id, segments, on_unconfirmed, send_at, created_at)
            SELECT gen_random_uuid(), group_id, content_id, 'email', 'marketing',
                   'person' || i %% 5000 || '@example.com', 'u-' || i %% 5000, 0, 'hold',
                   %(now)s, %(now)s + i * interval '1 s'
              FROM generate_series(1, 20000) AS i JOIN grouped ON n = i / 200 %% 100, said
            RETURNING message_id, group_id
        )
        INSERT INTO message_state (message_id, group_id, channel, status, provider_message_id)
        SELECT message_id, group_id, 'email', 'delivered', 'p-' || message_id FROM written
        """,
        {"now": NOW},
    )
    for table in ("message", "message_state", "message_group"):
        database.fetch(cast("Any", f"ANALYZE {table}"))
    return database


def walked(node: dict[str, Any]) -> Iterator[str]:
    """Yield the indexes a plan uses, and the tables it reads from end to end."""
    if node["Node Type"] == "Seq Scan":
        yield f"all of {node['Relation Name']}"
    if "Index Name" in node:
        yield node["Index Name"]
    for child in node.get("Plans", ()):
        yield from walked(child)


INDEX_OF: list[tuple[dict[str, Any], str]] = [
    ({}, "message_by_time"),
    ({"to": "person7@example.com"}, "message_by_recipient"),
    ({"user_id": "u-7"}, "message_by_user"),
    ({"group": "group 7"}, "message_by_group"),
    ({"group": str(UUID(int=7))}, "message_by_group"),
    ({"provider_message_id": "p-7"}, "message_state_by_provider_id"),
    ({"accepted_from": NOW, "accepted_until": NOW + timedelta(hours=1)}, "message_by_time"),
    ({"status": MessageStatus.BOUNCED}, "message_by_time"),
    ({"status": MessageStatus.BOUNCED, "group": "group 7"}, "message_by_group"),
    ({"channel": Channel.TEXT}, "message_by_time"),
]
LATER = Position(NOW + timedelta(hours=2), UUID(int=1))
# A group is one of a hundred here, and read at once.
SMALL = {"all of message_group"}


def test_every_search_is_on_an_index(large: Database) -> None:
    query = cast("Any", f"EXPLAIN (FORMAT json) {queries('messages')['search_messages']}")
    limits = {"most_sifted": 200, "most_found": 51}

    for (search, index), behind in product(INDEX_OF, (None, LATER)):
        parameters = store._parameters(MessageSearch(**search), behind)
        [row] = large.fetch(query, parameters | limits)
        names = set(walked(row["QUERY PLAN"][0]["Plan"]))

        assert {index, "message_state_pkey"} <= names, search
        assert not {name for name in names if name.startswith("all of")} - SMALL, search


def test_a_search_that_nothing_fits_sifts_a_bounded_number(
    large: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_SIFTED", 7_000)

    sought = list(pages(large, MessageSearch(status=MessageStatus.BOUNCED), 50))

    assert [[], [], []] == sought
