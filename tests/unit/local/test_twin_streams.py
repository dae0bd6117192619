import re
from datetime import UTC, datetime

import pytest

from message_tracker.local.twin.streams import object_key

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prefix", "folder"),
    [
        ("ses/", "ses/2026/03/04/05/"),  # Firehose appends the hour to a plain prefix
        ("", "2026/03/04/05/"),
        ("ses/!{timestamp:yyyy/MM/dd}/", "ses/2026/03/04/"),
        ("!{timestamp:yyyy-MM}/x/!{timestamp:HH}_", "2026-03/x/05_"),
        ("day=!{timestamp:yyyyMMdd}/", "day=20260304/"),
    ],
)
def test_objects_lie_where_firehose_would_put_them(prefix: str, folder: str) -> None:
    key = object_key(prefix, "events", NOW)

    name = key.removeprefix(folder)
    assert re.fullmatch(r"events-1-2026-03-04-05-06-07-[0-9a-f-]{36}\.gz", name)
