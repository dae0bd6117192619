"""docs/events.md says what the code reads of events, and what it does with them."""

import re
from pathlib import Path

from message_tracker.core.domain.events.vocabulary import EventType
from message_tracker.core.domain.suppression import SuppressionReason
from tests.unit.events.records import MESSAGE_NAMES, load, parse

PAGE = (Path(__file__).parents[3] / "docs" / "events.md").read_text("utf-8")
# Of mail that carries no id of ours; they are told of in words.
HEADERS = {"user_id", "report_type"}


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_type_is_listed_and_no_other() -> None:
    listed = re.findall(r"`([A-Za-z_ ]+)`", section("Types").split("\nAny other")[0])

    assert sorted(listed) == sorted(set(EventType) - {EventType.UNKNOWN})


def test_every_detail_of_a_recorded_event_is_in_the_table() -> None:
    listed = set(re.findall(r"`([a-z_]+)`", section("Facts")))

    kept = {fact for name in MESSAGE_NAMES for fact in parse(load(name)).details}

    assert kept - HEADERS <= listed


def test_the_reasons_of_suppression_are_listed_the_gravest_last() -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)

    assert listed == [*SuppressionReason]
