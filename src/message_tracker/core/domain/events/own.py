"""Hits on our own links, as events: an open, a click, an unsubscription.

They are written as SES writes its own of the same types ("Contents of event data that Amazon SES
publishes"), about our message alone, in an EventBridge envelope of our source. So they are read,
archived, replayed and projected as all others are. Whose IP address it was, nobody wrote down.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from message_tracker.core.domain.message import MESSAGE_ID_TAG
from message_tracker.core.domain.signed_token import Claim

SOURCE: Final = "message-tracker"
_USER_AGENT: Final = 1024  # characters; longer is no browser's
_CONTACT_LIST: Final = "one-click"


def opened(claim: Claim, at: datetime, user_agent: str | None) -> str:
    """Return the event of a pixel that was loaded."""
    return _event("Open", claim, at, "open", _by(user_agent))


def clicked(claim: Claim, at: datetime, user_agent: str | None) -> str:
    """Return the event of a link that was followed, to the claim's URL."""
    return _event("Click", claim, at, "click", {"link": claim.url, **_by(user_agent)})


def unsubscribed(claim: Claim, at: datetime) -> str:
    """Return the event of a recipient who wants no more marketing."""
    said = {
        "contactList": _CONTACT_LIST,
        "source": "UnsubscribeHeader",
        "newTopicPreferences": {"unsubscribeAll": True},
    }
    return _event("Subscription", claim, at, "subscription", said)


def _by(user_agent: str | None) -> dict[str, str]:
    return {} if user_agent is None else {"userAgent": user_agent[:_USER_AGENT]}


def _event(
    event_type: str, claim: Claim, at: datetime, part: str, facts: Mapping[str, object]
) -> str:
    time = _timestamp(at)
    record: dict[str, Any] = {
        "eventType": event_type,
        "mail": {
            "timestamp": _timestamp(claim.made_at),
            "tags": {MESSAGE_ID_TAG: [str(claim.message_id)]},
        },
        part: {"timestamp": time, **facts},
    }
    envelope = {"source": SOURCE, "detail-type": event_type, "time": time, "detail": record}
    return json.dumps(envelope, separators=(",", ":"))


def _timestamp(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
