"""The partial batch response of Lambda to SQS: what was handled is gone, the rest comes again.

Source: AWS Lambda developer guide, "Handling errors for an SQS event source in Lambda".
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

BatchResponse = dict[str, list[dict[str, str]]]


def handle_each(
    records: Iterable[Mapping[str, Any]], handle: Callable[[Mapping[str, Any]], None]
) -> BatchResponse:
    """Handle each record of an event, and name those whose handling failed."""
    failures = []
    for record in records:
        try:
            handle(record)
        except Exception:  # noqa: BLE001 - whatever it was, the queue delivers it again or gives it up
            failures.append({"itemIdentifier": str(record["messageId"])})
    return {"batchItemFailures": failures}
