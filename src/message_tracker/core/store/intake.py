"""Stores an accepted request: everything in one transaction, in as few statements as possible."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from message_tracker.core.domain.api_key import Caller
from message_tracker.core.domain.estimate import Estimate
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Content, GroupId
from message_tracker.core.domain.permission import too_many
from message_tracker.core.domain.receipt import receipt
from message_tracker.core.domain.recipient_import import NewImport
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.domain.submission import NewMessage, Submission
from message_tracker.core.store.accepted_imports import insert_import
from message_tracker.core.store.api_keys import charge_messages
from message_tracker.core.store.attachments import insert_attachments
from message_tracker.core.store.database import Database
from message_tracker.core.store.group_options import keep_to_budget
from message_tracker.core.store.groups import ensure_group
from message_tracker.core.store.queries import queries

_QUERIES = queries("intake")

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request that may come again: who sent it, under which key, and the hash of its body."""

    api_key_id: UUID
    idempotency_key: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What an earlier request with the same key was told, and the hash of its body."""

    body_hash: bytes
    answer: Answer


class RepeatedRequest(Exception):
    """A concurrent request with the same key was first; nothing of this one was stored."""


class Intake:
    """Stores requests."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_answer(self, request: IdempotentRequest) -> StoredAnswer | None:
        """Return what an earlier request with this key was told, or None."""
        rows = self._database.fetch(
            _QUERIES["find_request"],
            {"api_key_id": request.api_key_id, "idempotency_key": request.idempotency_key},
        )
        return StoredAnswer(**rows[0]) if rows else None

    def accept(
        self,
        submission: Submission,
        caller: Caller,
        estimate: Estimate,
        request: IdempotentRequest | None,
        now: datetime,
        later: NewImport | None = None,
    ) -> Answer:
        """Store the messages, and return the answer once they are committed.

        Args:
            submission: what is asked for.
            caller: who asks.
            estimate: of when it will be sent, for the answer.
            request: what makes a repeat known, if the caller gave it.
            now: when the request came.
            later: the import of its recipients, if they are to be read later.

        Raises:
            RepeatedRequest: the request was stored meanwhile; ask `find_answer`.
            RequestRefused: the group does not exist, is stopped, has no budget left, or is another
                kind's (test or real); or the key's rate of messages has no room.
        """
        with self._database.transaction() as cursor:
            _charge(cursor, caller, len(submission.messages))
            group_id = ensure_group(cursor, submission.group, now, is_test=caller.is_test)
            answer = receipt(submission, group_id, estimate)
            if later is not None:
                answer["import_id"] = str(later.import_id)
            if request is not None:
                _insert_request(cursor, request, answer, now)
            if submission.group is not None and (segments := submission.segments):
                keep_to_budget(cursor, group_id, segments)
            _insert_contents(cursor, submission.contents, now)
            if later is None:
                insert_messages(cursor, submission, group_id, now, is_test=caller.is_test)
            else:
                contents = zip(submission.channels, submission.contents, strict=True)
                content_ids = {channel: content.content_id for channel, content in contents}
                insert_import(cursor, later, caller, group_id, content_ids, now)
        return answer

    def mark_enqueued(
        self, message_ids: Sequence[UUID], *, accepted_at: datetime, now: datetime
    ) -> None:
        """Note that chunks on a queue name these messages, so that the sweeper leaves them."""
        self._database.fetch(
            _QUERIES["mark_enqueued"],
            {"message_ids": list(message_ids), "accepted_at": accepted_at, "enqueued_at": now},
        )


def insert_messages(
    cursor: Cursor[DictRow],
    submission: Submission,
    group_id: GroupId,
    now: datetime,
    *,
    is_test: bool,
) -> None:
    """Store a request's messages, inside a transaction; their contents are stored."""
    parameters = _messages(submission, group_id, now) | {"is_test": is_test}
    cursor.execute(_QUERIES["insert_messages"], parameters)


def _charge(cursor: Cursor[DictRow], caller: Caller, messages: int) -> None:
    if caller.messages_per_second is None or not messages:
        return
    # First of all: whoever has no room has waited for nobody, and done nothing in vain.
    if wait := charge_messages(cursor, caller, messages):
        raise too_many("messages", wait)


def _insert_request(
    cursor: Cursor[DictRow], request: IdempotentRequest, answer: Answer, now: datetime
) -> None:
    parameters = {
        "request_id": new_id(),
        "api_key_id": request.api_key_id,
        "idempotency_key": request.idempotency_key,
        "body_hash": request.body_hash,
        "answer": Jsonb(answer),
        "now": now,
    }
    if cursor.execute(_QUERIES["insert_request"], parameters).fetchone() is None:
        raise RepeatedRequest


def _insert_contents(cursor: Cursor[DictRow], contents: Sequence[Content], now: datetime) -> None:
    own = [None if content.template_id else content for content in contents]
    columns = {
        "content_ids": [content.content_id for content in contents],
        "subjects": [content and content.subject for content in own],
        "htmls": [content and content.html for content in own],
        "bodies": [content and content.text for content in own],
        "are_templates": [content.is_template for content in contents],
        "template_ids": [content.template_id for content in contents],
        "ses_templates": [content.ses_template for content in contents],
        "are_transliterated": [content.is_transliterated for content in contents],
        "headers": [json.dumps(dict(content.headers)) for content in contents],
        "have_attachments": [bool(content.attachments) for content in contents],
    }
    cursor.execute(_QUERIES["insert_contents"], {**columns, "now": now})
    for content in contents:
        if content.attachments:  # at most one has: that of the e-mails
            insert_attachments(cursor, content)


def _messages(submission: Submission, group_id: GroupId, now: datetime) -> dict[str, Any]:
    is_due = submission.due_at <= now
    return {
        **_columns(submission.messages),
        "group_id": group_id,
        "kind": submission.kind.value,
        "report_type": submission.report_type,
        "on_unconfirmed": submission.on_unconfirmed.value,
        "due_at": submission.due_at,
        "expires_at": submission.expires_at,
        "status": (MessageStatus.QUEUED if is_due else MessageStatus.SCHEDULED).value,
        "now": now,
    }


def _columns(messages: Sequence[NewMessage]) -> dict[str, list[Any]]:
    texts = [message.spelling.sent_as if message.spelling else None for message in messages]
    return {
        "message_ids": [message.message_id for message in messages],
        "content_ids": [message.content_id for message in messages],
        "channels": [message.channel.value for message in messages],
        "recipients": [str(message.address) for message in messages],
        "data": [message.data_json for message in messages],
        "user_ids": [message.user_id for message in messages],
        "segments": [text.segments if text else 0 for text in texts],
        "encodings": [text.encoding.value if text else None for text in texts],
    }
