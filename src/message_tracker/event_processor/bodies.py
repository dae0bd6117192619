"""What a message on the event queue says: that an object came into the archive, or an event itself.

Source: Amazon S3 user guide, "EventBridge event message structure"; its object keys are not
URL-encoded.
"""

import msgspec

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events import own
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import Event
from message_tracker.core.store.event_objects import ArchivedObject


class _Bucket(msgspec.Struct):
    name: str


class _Object(msgspec.Struct):
    key: str
    etag: str = ""


class _Created(msgspec.Struct):
    bucket: _Bucket
    object: _Object


class _Envelope(msgspec.Struct):
    source: object = None
    detail_type: object = msgspec.field(default=None, name="detail-type")
    detail: msgspec.Raw = msgspec.Raw(b"null")


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_CREATED = msgspec.json.Decoder(_Created)


def read_body(body: str) -> ArchivedObject | Event | None:
    """Return the object to read or the event itself; None if the body reports nothing.

    Raises:
        Unparseable: The body is neither.
    """
    raw = body.encode(errors="replace")
    return _created_object(raw) or parse_event(raw)


def is_own(body: str) -> bool:
    """Whether a body is a hit on a link of ours, which no provider has archived."""
    try:
        return _ENVELOPE.decode(body.encode(errors="replace")).source == own.SOURCE
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _created_object(raw: bytes) -> ArchivedObject | None:
    try:
        envelope = _ENVELOPE.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # the parser of events says what is wrong with it
    if envelope.source != "aws.s3":
        return None
    if envelope.detail_type != "Object Created":
        raise Unparseable("an S3 event that creates no object; narrow the rule's pattern")
    try:
        created = _CREATED.decode(envelope.detail)
    except msgspec.DecodeError as error:
        raise Unparseable(f"an Object Created event names no object: {error}") from error
    return ArchivedObject(created.bucket.name, created.object.key, created.object.etag)
