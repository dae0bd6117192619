"""Our ids."""

from datetime import UTC, datetime, timedelta

from message_tracker.core.domain.ids import made_at, new_id


def test_an_id_says_when_it_was_made() -> None:
    before = datetime.now(UTC)

    made = made_at(new_id())

    assert before - timedelta(milliseconds=1) <= made <= datetime.now(UTC)
