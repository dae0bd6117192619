"""The partial batch response."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.redelivery import handle_each


@given(st.lists(st.booleans()))
def test_exactly_what_failed_is_named_in_order_and_the_rest_is_handled(fails: list[bool]) -> None:
    handled = []

    def handle(record: Mapping[str, Any]) -> None:
        if fails[record["body"]]:
            raise LookupError
        handled.append(record["body"])

    records = [{"messageId": f"m{body}", "body": body} for body in range(len(fails))]

    response = handle_each(records, handle)

    failed = [body for body, fail in enumerate(fails) if fail]
    assert response == {"batchItemFailures": [{"itemIdentifier": f"m{body}"} for body in failed]}
    assert handled == [body for body, fail in enumerate(fails) if not fail]
