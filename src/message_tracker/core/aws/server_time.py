"""Lets a boto3 client tell, by every answer's `Date`, how far this machine's clock is off."""

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from message_tracker.core.domain.skew import Skew

_SENT = "message_tracker_sent_us"


class _Client(Protocol):
    """Any boto3 client."""

    @property
    def meta(self) -> Any: ...  # noqa: ANN401 - boto3's types name each service's


def learn_time(client: _Client, skew: Skew, clock: Callable[[], int]) -> None:
    """Have `skew` learn from every answer, a refusal too.

    Args:
        client: of any AWS service.
        skew: what is known of `clock`.
        clock: µs since the epoch, without the skew's shift.
    """

    def note_sent(context: dict[str, Any], **_: object) -> None:
        context[_SENT] = clock()

    def learn(parsed: Mapping[str, Any], context: Mapping[str, Any], **_: object) -> None:
        date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if date and _SENT in context:
            stamped = round(parsedate_to_datetime(date).timestamp()) * 1_000_000
            skew.learn(stamped, context[_SENT], clock())

    client.meta.events.register("before-call", note_sent, unique_id=_SENT)
    client.meta.events.register("after-call", learn, unique_id=f"{_SENT}_learn")
