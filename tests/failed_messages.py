"""Messages that stand anywhere, and the events and letters that brought them there."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database

NOW = datetime(2026, 9, 1, 7, tzinfo=UTC)
IN_PERIOD = NOW - timedelta(hours=12)  # on August 31, 19:00 UTC

_INSERT_MESSAGE = """
WITH grouped AS (
    INSERT INTO message_group (group_id, name) VALUES (%(group_id)s::uuid, %(group)s::text)
    ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING group_id
), said AS (
    INSERT INTO message_content (content_id, is_template) VALUES (%(message_id)s::uuid, false)
)
INSERT INTO message (message_id, group_id, content_id, channel, kind, recipient, segments,
                     on_unconfirmed, send_at, created_at)
SELECT %(message_id)s::uuid, group_id, %(message_id)s::uuid, %(channel)s::channel, 'marketing',
       %(recipient)s::text, CASE %(channel)s WHEN 'text' THEN 1 ELSE 0 END, 'hold',
       %(accepted_at)s::timestamptz, %(accepted_at)s::timestamptz
  FROM grouped
"""
_INSERT_STATE = """
INSERT INTO message_state (message_id, group_id, channel, status, cause, cause_detail, failed_at)
SELECT message_id, group_id, channel, %(status)s::message_status, %(cause)s::text, %(detail)s::text,
       %(failed_at)s::timestamptz
  FROM message WHERE message_id = %(message_id)s::uuid
"""
_INSERT_DISPATCH = """
INSERT INTO dispatch (message_id, group_id, channel, kind, units, due_at, on_unconfirmed,
                      enqueued_at, begun_at, attempt_id)
SELECT message_id, group_id, channel, kind, 1, %(due_at)s::timestamptz, 'hold', created_at,
       %(begun_at)s::timestamptz, CASE WHEN %(begun_at)s::timestamptz IS NULL THEN NULL
                                       ELSE message_id END
  FROM message WHERE message_id = %(message_id)s::uuid
"""
_INSERT_EVENT = """
INSERT INTO message_event (event_key, occurred_at, received_at, message_id, channel, event_type,
                           status, is_final, cause)
VALUES (%(event_key)s, %(occurred_at)s, %(received_at)s, %(message_id)s, 'email', 'Bounce',
        %(status)s, true, %(cause)s)
"""


def a_context() -> LambdaContext:
    """Return the context of an invocation, as far as a log tells of it."""
    context = LambdaContext()
    context._function_name = "test"
    context._memory_limit_in_mb = 128
    context._invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:test"
    context._aws_request_id = "00000000-0000-0000-0000-000000000000"
    return context


_INSERT_TEXT_EVENT = """
INSERT INTO message_event (event_key, occurred_at, received_at, message_id, channel, event_type,
                           status, is_final, cause, details)
VALUES (%(event_key)s, %(at)s, %(at)s, %(message_id)s, 'text', %(cause)s, 'undelivered', true,
        %(cause)s, %(details)s)
"""


@dataclass(frozen=True)
class Ledger:
    """Writes what a test needs straight into the tables."""

    database: Database

    def message(
        self,
        status: MessageStatus | None = MessageStatus.SENT,
        *,
        channel: Channel = Channel.EMAIL,
        group: str = "autumn-sale",
        recipient: str = "jane.doe@example.com",
        cause: str | None = None,
        detail: str | None = None,
        failed_at: datetime | None = None,
        accepted_at: datetime = IN_PERIOD,
    ) -> UUID:
        """Insert a message, and its state unless it is to have none."""
        message_id = new_id()
        parameters = {
            "message_id": message_id,
            "group_id": new_id(),
            "group": group,
            "channel": channel,
            "recipient": recipient,
            "accepted_at": accepted_at,
            "status": status,
            "cause": cause,
            "detail": detail,
            "failed_at": failed_at,
        }
        self.database.fetch(_INSERT_MESSAGE, parameters)
        if status is not None:
            self.database.fetch(_INSERT_STATE, parameters)
        return message_id

    def bounced(
        self,
        status: MessageStatus = MessageStatus.BOUNCED,
        cause: str = "Bounce/Permanent/General",
        *,
        received_at: datetime = IN_PERIOD,
        recipient: str = "jane.doe@example.com",
        group: str = "autumn-sale",
        detail: str | None = None,
    ) -> UUID:
        """Insert a message that an event proved failed."""
        message_id = self.message(
            status, cause=cause, recipient=recipient, group=group, detail=detail
        )
        self.event(message_id, status, cause, received_at=received_at)
        return message_id

    def event(
        self,
        message_id: UUID | None,
        status: MessageStatus,
        cause: str,
        *,
        received_at: datetime = IN_PERIOD,
    ) -> None:
        """Insert an event without what it does to its message."""
        self.database.fetch(
            _INSERT_EVENT,
            {
                "event_key": uuid4(),
                "message_id": message_id,
                "status": status,
                "cause": cause,
                "occurred_at": received_at - timedelta(seconds=30),
                "received_at": received_at,
            },
        )

    def text_event(self, message_id: UUID, cause: str, *, carrier: str) -> None:
        """Insert the event that a text was not delivered, by which carrier."""
        parameters = {
            "event_key": uuid4(),
            "at": IN_PERIOD,
            "message_id": message_id,
            "cause": cause,
            "details": json.dumps({"carrier": carrier}),
        }
        self.database.fetch(_INSERT_TEXT_EVENT, parameters)

    def waiting(
        self,
        status: MessageStatus = MessageStatus.QUEUED,
        *,
        begun_at: datetime | None = None,
        due_at: datetime = IN_PERIOD,
    ) -> UUID:
        """Insert a message a sender has something to do for."""
        message_id = self.message(status)
        self.dispatch(message_id, begun_at=begun_at, due_at=due_at)
        return message_id

    def dispatch(
        self, message_id: UUID, *, begun_at: datetime | None = None, due_at: datetime = IN_PERIOD
    ) -> None:
        """Give a sender something to do for a message."""
        parameters = {"message_id": message_id, "begun_at": begun_at, "due_at": due_at}
        self.database.fetch(_INSERT_DISPATCH, parameters)

    def state(self, message_id: UUID) -> tuple[str, str | None, bool]:
        """Return a message's status and cause, and whether a sender has something to do for it."""
        (row,) = self.database.fetch(
            "SELECT status, cause, EXISTS (SELECT FROM dispatch WHERE message_id = %(message_id)s)"
            " AS is_waiting FROM message_state WHERE message_id = %(message_id)s",
            {"message_id": message_id},
        )
        return row["status"], row["cause"], row["is_waiting"]
