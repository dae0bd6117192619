"""Stores an import, in the transaction of its request."""

from collections.abc import Mapping
from datetime import datetime

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from message_tracker.core.domain.api_key import Caller
from message_tracker.core.domain.list_source import AudienceSource, ObjectSource
from message_tracker.core.domain.message import Channel, ContentId, GroupId
from message_tracker.core.domain.recipient_import import NewImport
from message_tracker.core.store.queries import queries

_QUERIES = queries("imports")


def insert_import(
    cursor: Cursor[DictRow],
    new: NewImport,
    caller: Caller,
    group_id: GroupId,
    content_ids: Mapping[Channel, ContentId],
    now: datetime,
) -> None:
    """Store an import.

    Args:
        cursor: of the request's transaction.
        new: the import.
        caller: who asked for it.
        group_id: of the messages to come.
        content_ids: what each channel's messages will say.
        now: when the request came.
    """
    source = new.source
    parameters = {
        "import_id": new.import_id,
        "api_key_id": caller.api_key_id,
        "group_id": group_id,
        "state": new.state.value,
        "body": Jsonb(new.body),
        "email_content_id": content_ids.get(Channel.EMAIL),
        "text_content_id": content_ids.get(Channel.TEXT),
        "bucket": source.bucket if isinstance(source, ObjectSource) else None,
        "object_key": source.key if isinstance(source, ObjectSource) else None,
        "etag": source.etag if isinstance(source, ObjectSource) else None,
        "audience_id": source.audience_id if isinstance(source, AudienceSource) else None,
        "now": now,
    }
    cursor.execute(_QUERIES["insert_import"], parameters)
