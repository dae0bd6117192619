"""Attachments from the request to the provider's call: stored once, fetched once a chunk."""

import base64
from datetime import timedelta

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import (
    Attachment,
    AttemptId,
    Channel,
    Disposition,
    OutboundEmail,
)
from message_tracker.core.store import retention
from message_tracker.core.store.dispatch import DispatchStore
from message_tracker.sender.rendering import render
from tests.http_api import NOW, ApiUnderTest

LOGO = bytes(range(256)) * 40
FILES = [
    {"name": "Rechnung für März.pdf", "content": base64.b64encode(b"%PDF").decode()},
    {
        "name": "logo.png",
        "content": base64.b64encode(LOGO).decode(),
        "content_type": "image/png",
        "disposition": "inline",
        "content_id": "logo",
    },
]
REQUEST = {
    "to": ["ann@example.com", "bob@example.com"],
    "subject": "S",
    "html": '<img src="cid:logo">',
    "attachments": FILES,
}


def test_files_are_stored_once_and_every_recipient_gets_them(api: ApiUnderTest) -> None:
    answer = api.send(REQUEST)

    claimed = DispatchStore(api.database).claim(
        new_id(), Channel.EMAIL, answer.json["message_ids"], now=NOW, until=NOW
    )
    outbound = [render(message, AttemptId(new_id())) for message in claimed]
    assert len(api.rows("message_attachment")) == 2
    assert [each.attachments for each in outbound if isinstance(each, OutboundEmail)] == [
        [
            Attachment(
                "Rechnung für März.pdf",
                "application/octet-stream",
                Disposition.ATTACHMENT,
                None,
                b"%PDF",
            ),
            Attachment("logo.png", "image/png", Disposition.INLINE, "logo", LOGO),
        ]
    ] * 2


def test_a_request_without_files_stores_none(api: ApiUnderTest) -> None:
    api.send({**REQUEST, "attachments": []})

    assert api.rows("message_attachment") == []
    assert [row["has_attachments"] for row in api.rows("message_content")] == [False]


def test_old_files_go_once_nothing_waits_to_be_sent_with_them(api: ApiUnderTest) -> None:
    api.send(REQUEST)
    later = NOW + timedelta(days=200)

    retention.forget_attachments(api.database, later)
    kept = len(api.rows("message_attachment"))
    api.database.fetch("DELETE FROM dispatch")
    retention.forget_attachments(api.database, NOW)
    still_kept = len(api.rows("message_attachment"))
    retention.forget_attachments(api.database, later)

    assert (kept, still_kept, len(api.rows("message_attachment"))) == (2, 2, 0)


def test_the_files_that_went_to_one_person_alone_are_forgotten_with_them(
    api: ApiUnderTest,
) -> None:
    api.send({**REQUEST, "to": "ann@example.com"})
    api.send(REQUEST)

    theirs = retention.messages_of(api.database, "ann@example.com")
    retention.forget_person(api.database, "ann@example.com", theirs, with_suppression=False)

    assert len({row["content_id"] for row in api.rows("message_attachment")}) == 1
