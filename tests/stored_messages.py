"""Messages in the database, as if the API had accepted them and a sender had begun them."""

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, MessageId
from message_tracker.core.domain.status import MessageStatus

_INSERT = """
WITH grouped AS (
    INSERT INTO message_group (group_id) VALUES (%(group_id)s::uuid) RETURNING group_id
), said AS (
    INSERT INTO message_content (content_id, is_template) VALUES (%(group_id)s::uuid, false)
    RETURNING content_id
), written AS (
    INSERT INTO message (
               message_id, group_id, content_id, channel, kind, recipient, segments,
               on_unconfirmed, send_at
           )
    SELECT message_id, group_id, content_id, %(channel)s::channel, 'transactional',
           %(recipient)s::text, CASE %(channel)s::channel WHEN 'text' THEN 1 ELSE 0 END, 'hold',
           now()
      FROM grouped, said, unnest(%(message_ids)s::uuid[]) AS message_id
    RETURNING message_id, group_id, channel
)
INSERT INTO message_state (message_id, group_id, channel, status, provider_message_id)
SELECT message_id, group_id, channel, %(status)s::message_status, %(provider_message_id)s::text
  FROM written
"""


def store_messages(  # one keyword per column that tests vary
    cursor: Cursor[DictRow],
    message_ids: list[UUID],
    *,
    channel: Channel = Channel.EMAIL,
    status: MessageStatus = MessageStatus.SENDING,
    provider_message_id: str | None = None,
    recipient: str = "Someone@Example.com",
) -> None:
    """Insert messages of a group of their own."""
    cursor.execute(
        _INSERT,
        {
            "group_id": new_id(),
            "message_ids": message_ids,
            "channel": channel,
            "recipient": recipient,
            "status": status,
            "provider_message_id": provider_message_id,
        },
    )


def a_message(
    cursor: Cursor[DictRow],
    *,
    channel: Channel = Channel.EMAIL,
    status: MessageStatus = MessageStatus.SENDING,
    provider_message_id: str | None = None,
) -> MessageId:
    """Insert one message and return its id."""
    message_id = MessageId(new_id())
    store_messages(
        cursor,
        [message_id],
        channel=channel,
        status=status,
        provider_message_id=provider_message_id,
    )
    return message_id


def state_of(cursor: Cursor[DictRow], message_id: UUID) -> DictRow:
    """Return the whole row of a message's state."""
    query = "SELECT * FROM message_state WHERE message_id = %s"
    row = cursor.execute(query, (message_id,)).fetchone()
    if row is None:
        raise LookupError(f"there is no message {message_id}")
    return row
