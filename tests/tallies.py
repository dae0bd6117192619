"""The counts of messages as they are kept, and the same counted anew from the messages."""

from collections.abc import Mapping
from typing import Any, LiteralString

from message_tracker.core.store.database import Database

_DAYS_KEY: LiteralString = "day, channel, kind, report_type, template, status"
_GROUPS_KEY: LiteralString = f"group_id, {_DAYS_KEY}"
_COUNTS: LiteralString = "messages, segments, opened, clicked, unsubscribed"
_SUMS: LiteralString = (
    "sum(messages)::int AS messages, sum(segments)::int AS segments,"
    " coalesce(sum(opened), 0)::int AS opened, coalesce(sum(clicked), 0)::int AS clicked,"
    " coalesce(sum(unsubscribed), 0)::int AS unsubscribed"
)
_IS_ANY: LiteralString = (
    "HAVING sum(messages) <> 0 OR sum(segments) <> 0 OR sum(opened) <> 0 OR sum(clicked) <> 0"
    " OR sum(unsubscribed) <> 0"
)
_CHANGES: LiteralString = "tally_change JOIN content_label USING (content_id)"
_COUNTED: LiteralString = """
(SELECT state.group_id, (send_at AT TIME ZONE 'UTC')::date AS day, state.channel, kind,
        coalesce(report_type, '') AS report_type, template, status, is_test,
        1 AS messages, segments, num_nonnulls(opened_at) AS opened,
        num_nonnulls(clicked_at) AS clicked, num_nonnulls(unsubscribed_at) AS unsubscribed,
        date_trunc('minute', sent_at) AS sent_minute
   FROM message_state AS state
   JOIN message USING (message_id)
   JOIN content_label USING (content_id)) AS counted
"""

Counts = Mapping[str, list[dict[str, Any]]]


def kept(database: Database) -> Counts:
    """Return every count as the sums and the changes say it."""
    groups = f"SELECT {_GROUPS_KEY}, {_COUNTS} FROM"
    days = f"SELECT {_DAYS_KEY}, {_COUNTS} FROM"
    return {
        "groups": _grouped(
            database, _GROUPS_KEY, f"({groups} group_tally UNION ALL {groups} {_CHANGES}) AS kept"
        ),
        "days": _grouped(
            database,
            _DAYS_KEY,
            f"({days} daily_tally UNION ALL {days} {_CHANGES} WHERE NOT is_test) AS kept",
        ),
        "minutes": _sent(database, "sent_per_minute", "sent_minute"),
        "hours": _sent(database, "sent_per_hour", "date_trunc('hour', sent_minute)"),
    }


def counted(database: Database) -> Counts:
    """Return every count anew, message by message."""
    return {
        "groups": _grouped(database, _GROUPS_KEY, _COUNTED),
        "days": _grouped(database, _DAYS_KEY, f"{_COUNTED} WHERE NOT is_test"),
        "minutes": _sent_anew(database, "sent_minute"),
        "hours": _sent_anew(database, "date_trunc('hour', sent_minute)"),
    }


def _grouped(database: Database, key: LiteralString, rows: LiteralString) -> list[dict[str, Any]]:
    return database.fetch(
        f"SELECT {key}, {_SUMS} FROM {rows} GROUP BY {key} {_IS_ANY} ORDER BY {key}"
    )


def _sent(
    database: Database, table: LiteralString, begins_at: LiteralString
) -> list[dict[str, Any]]:
    return database.fetch(
        "SELECT begins_at, channel, sum(messages)::int AS messages, sum(segments)::int AS segments"
        f" FROM (SELECT begins_at, channel, messages, segments FROM {table}"
        f"        UNION ALL SELECT {begins_at}, channel, messages, segments FROM tally_change"
        "          WHERE sent_minute IS NOT NULL AND NOT is_test) AS kept"
        " GROUP BY 1, 2 HAVING sum(messages) <> 0 OR sum(segments) <> 0 ORDER BY 1, 2"
    )


def _sent_anew(database: Database, begins_at: LiteralString) -> list[dict[str, Any]]:
    return database.fetch(
        f"SELECT {begins_at} AS begins_at, channel, count(*)::int AS messages,"
        f"       sum(segments)::int AS segments FROM {_COUNTED}"
        " WHERE sent_minute IS NOT NULL AND NOT is_test GROUP BY 1, 2 ORDER BY 1, 2"
    )
