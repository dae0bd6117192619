"""The files of a content: stored once, whoever gets them, and fetched once a chunk."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.message import Attachment, Content, Disposition
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("attachments")


def insert_attachments(cursor: Cursor[DictRow], content: Content) -> None:
    """Store a content's files, inside the request's transaction."""
    files = content.attachments
    cursor.execute(
        _QUERIES["insert_attachments"],
        {
            "content_id": content.content_id,
            "names": [file.name for file in files],
            "content_types": [file.content_type for file in files],
            "dispositions": [file.disposition.value for file in files],
            "inline_ids": [file.content_id for file in files],
            "files": [file.content for file in files],
        },
    )


def attachments_of(
    database: Database, content_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[Attachment]]:
    """Return the files of each content, in their order."""
    found: defaultdict[UUID, list[Attachment]] = defaultdict(list)
    for row in database.fetch(_QUERIES["attachments_of"], {"content_ids": list(content_ids)}):
        found[row["content_id"]].append(
            Attachment(
                name=row["name"],
                content_type=row["content_type"],
                disposition=Disposition(row["disposition"]),
                content_id=row["inline_id"],
                content=row["file"],
            )
        )
    return found
