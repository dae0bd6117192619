-- name: message_by_id
-- One message and where it stands.
SELECT message.message_id, message.group_id, message.channel, message.kind, message.recipient AS "to",
       message.user_id, message.report_type, message.is_test, message.segments, message.encoding,
       message.send_at, message.expires_at, message.created_at,
       state.status, state.is_final, state.attempts, state.provider_message_id,
       state.cause, state.cause_detail, state.failed_at, state.sent_at, state.delayed_at,
       state.delivered_at, state.bounced_at, state.complained_at,
       state.opened_at, state.last_opened_at, state.open_count, state.machine_open_count,
       state.clicked_at, state.last_clicked_at, state.last_link, state.click_count,
       state.machine_click_count, state.unsubscribed_at
  FROM message
  JOIN message_state AS state USING (message_id)
 WHERE message.message_id = %(message_id)s::uuid;

-- name: message_timeline
-- A message's events, the earliest first.
SELECT event_type, occurred_at, received_at, status, cause, is_final, details
  FROM message_event
 WHERE message_id = %(message_id)s::uuid
 ORDER BY occurred_at, event_key
 LIMIT %(limit)s::integer;
