"""Postgres is away for a while: chunks go back to their queue; nothing is lost or doubled."""

from datetime import timedelta

import pytest

from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.database import Database
from tests.outbox import Outbox

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


def test_a_chunk_that_meets_no_server_changes_nothing(outbox: Outbox) -> None:
    message_ids = outbox.accept(3)
    chunk = SendChunk(Channel.EMAIL, tuple(message_ids))
    away = Database(lambda: NOWHERE, patience=timedelta(0))

    with pytest.raises(Unavailable):
        outbox.sender(away).send(chunk, outbox.deadline())

    assert {"queued": 3} == outbox.statuses()
    assert [] == outbox.calls()
    outbox.sender().send(chunk, outbox.deadline())
    assert {"sent": 3} == outbox.statuses()


def test_a_chunk_that_meets_a_reader_after_a_failover_comes_again(
    outbox: Outbox, database_url: str
) -> None:
    message_ids = outbox.accept(3)
    chunk = SendChunk(Channel.EMAIL, tuple(message_ids))
    failed_over = Database(lambda: database_url)
    failed_over.fetch("SET default_transaction_read_only = on")

    with pytest.raises(Unavailable, match="25006"):
        outbox.sender(failed_over).send(chunk, outbox.deadline())

    assert [] == outbox.calls()
    outbox.sender(failed_over).send(chunk, outbox.deadline())
    failed_over.close()
    assert message_ids == outbox.calls()
    assert {"sent": 3} == outbox.statuses()
