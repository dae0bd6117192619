"""A day's messages, the events that tell of them, and the time until they are counted."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from message_tracker.core.domain.daily import Analysed, DayLine, period_of
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.daily import DailyAnalytics, DaysQuestion
from message_tracker.core.store.daily_counting import DailyCounting
from message_tracker.core.store.database import Database
from message_tracker.failed_message_reporter.analytics.service import AnalyticsService
from tests.stored_messages import store_messages

DAY = date(2026, 9, 1)
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
NEXT_MORNING = datetime(2026, 9, 2, 6, tzinfo=UTC)

_KEEP_EVENT = """
INSERT INTO message_event (event_key, occurred_at, message_id, channel, status, is_final,
                           event_type, provider_message_id, details, recipient)
VALUES ((left(first_event_key(%(at)s)::text, 13) || right(%(key)s::text, 23))::uuid, %(at)s,
        %(message_id)s, %(channel)s, %(status)s, false, %(type)s, %(provider_id)s, %(details)s,
        %(recipient)s)
"""


@dataclass
class Days:
    """A database's days; `now` is moved by the test."""

    database: Database
    now: datetime = NEXT_MORNING

    def store(
        self,
        count: int = 1,
        *,
        recipient: str = "ada@example.com",
        status: MessageStatus = MessageStatus.DELIVERED,
        at: datetime = NOON,
    ) -> list[UUID]:
        """Store messages accepted then; those delivered were so 1, 2, 3 … seconds after."""
        message_ids = [new_id() for _ in range(count)]
        channel = Channel.EMAIL if "@" in recipient else Channel.TEXT
        with self.database.transaction() as cursor:
            store_messages(cursor, message_ids, channel=channel, status=status, recipient=recipient)
            cursor.execute(
                "UPDATE message SET created_at = %s WHERE message_id = ANY (%s)", (at, message_ids)
            )
            if status is MessageStatus.DELIVERED:
                cursor.execute(
                    "UPDATE message_state SET sent_at = %s, delivered_at = %s + n * interval '1 s'"
                    " FROM unnest(%s::uuid[]) WITH ORDINALITY AS given (id, n)"
                    " WHERE message_id = id",
                    (at, at, message_ids),
                )
        return message_ids

    def tell(self, **event: Any) -> None:  # noqa: ANN401 - any column
        """Keep an event of noon, received just now."""
        self.database.fetch(
            _KEEP_EVENT,
            {"key": new_id(), "at": NOON, "message_id": None, "provider_id": None, "details": None}
            | {"recipient": None, "channel": Channel.EMAIL, "status": "sent", "type": "Send"}
            | event,
        )

    def set_state(self, message_id: UUID, column: str, value: object) -> None:
        """Set a column of a message's state, as an event does."""
        query: Any = f"UPDATE message_state SET {column} = %(value)s WHERE message_id = %(id)s"
        self.database.fetch(query, {"value": value, "id": message_id})

    def pass_time(self, duration: timedelta) -> None:
        """Let time pass, also since what was received, and since the last look at it."""
        self.now += duration
        for query in (
            "UPDATE message_event SET received_at = received_at - %(passed)s::interval",
            "UPDATE daily_run SET events_until = events_until - %(passed)s::interval",
        ):
            self.database.fetch(query, {"passed": duration})

    def count(self) -> list[date]:
        """Run the hourly job and return which days it counted."""
        service = AnalyticsService(DailyCounting(self.database), lambda: self.now)
        return list(service.run(self.now + timedelta(minutes=5)))

    def kept(self, by: Analysed = Analysed.CHANNEL, day: date = DAY) -> list[DayLine]:
        """Return a day's lines as they are kept."""
        answer = DailyAnalytics(self.database).read(a_question(by, day), date.max)
        return list(answer.lines)

    def counted_now(self, by: Analysed = Analysed.CHANNEL, day: date = DAY) -> list[DayLine]:
        """Return a day's lines as they are now."""
        return list(DailyAnalytics(self.database).count_now(a_question(by, day), period_of(day)))


def a_question(by: Analysed = Analysed.CHANNEL, day: date = DAY) -> DaysQuestion:
    """Return the question of one day's lines."""
    return DaysQuestion(first_day=day, last_day=day, by=by, limit=1_000)
