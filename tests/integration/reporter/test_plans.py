"""What failed in a period is found by its time, however much lies before it."""

from datetime import timedelta

from message_tracker.core.domain.status import MessageStatus
from tests.failed_messages import IN_PERIOD, NOW, Ledger

HISTORY = 5_000
_COPY_MESSAGE = """
INSERT INTO message
SELECT gen_random_uuid(), group_id, content_id, channel, kind, recipient, data, user_id,
       report_type, is_test, segments, encoding, on_unconfirmed, send_at, expires_at, created_at
  FROM message, generate_series(1, %(history)s::integer)
 WHERE message_id = %(message_id)s::uuid
"""
_FAIL_THE_REST = """
INSERT INTO message_state (message_id, group_id, channel, status, failed_at)
SELECT message_id, group_id, channel, 'failed', created_at
  FROM message
 WHERE NOT EXISTS (SELECT FROM message_state AS s WHERE s.message_id = message.message_id)
"""
_BOUNCE_ALL = """
INSERT INTO message_event (event_key, occurred_at, received_at, message_id, channel, event_type,
                           status, is_final)
SELECT gen_random_uuid(), created_at, created_at, message_id, channel, 'Bounce', 'bounced', true
  FROM message
"""


def test_failures_are_found_without_reading_the_history(ledger: Ledger) -> None:
    long_ago = IN_PERIOD - timedelta(days=1)
    first = ledger.message(None, accepted_at=long_ago)
    ledger.database.fetch(_COPY_MESSAGE, {"history": HISTORY, "message_id": first})
    ledger.database.fetch(_FAIL_THE_REST)
    ledger.database.fetch(_BOUNCE_ALL)
    ledger.bounced()
    ledger.message(MessageStatus.FAILED, failed_at=IN_PERIOD)
    ledger.database.fetch("ANALYZE message, message_state, message_event")

    rows = ledger.database.fetch(
        "EXPLAIN SELECT * FROM failures_between(%(since)s::timestamptz, %(until)s::timestamptz)",
        {"since": NOW - timedelta(hours=13), "until": NOW},
    )

    plan = "\n".join(row["QUERY PLAN"] for row in rows)
    assert "Seq Scan on message " not in plan
    assert "Seq Scan on message_state" not in plan
    assert "Seq Scan on message_event_default" not in plan
    assert "message_state_failed_by_us" in plan
