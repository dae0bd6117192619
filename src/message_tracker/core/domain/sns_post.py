"""What SNS posts to an HTTPS subscriber, and what must be true of it before it is looked at.

That a signature is genuine proves that *some* topic of AWS said it, and anyone may subscribe our
address to a topic of their own. So the topic must be one of ours; the signature is the second
thing to ask for, not the first.

Sources: Amazon SNS developer guide, "HTTP/HTTPS subscription confirmation JSON format",
"HTTP/HTTPS notification JSON format" and "Verifying the signatures of Amazon SNS messages".
"""

import json
import re
from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from message_tracker.core.domain.errors import Forged
from message_tracker.core.domain.events.facts import rfc3339

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
_UNSUBSCRIPTION = "UnsubscribeConfirmation"

# SNS tries for at most an hour; an older post is a recording.
_OLDEST = timedelta(hours=1)
_CLOCKS_DIFFER = timedelta(minutes=5)

# Whole: a mere prefix or host would let other things that AWS serves pass for certificates.
_CERTIFICATE_URL = re.compile(
    r"https://sns\.[a-z]{2}(?:-[a-z]{1,10}){1,3}-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?"
    r"/SimpleNotificationService-[0-9a-f]{32}\.pem"
)
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip
_SIGNED[_UNSUBSCRIPTION] = _SIGNED[SUBSCRIPTION]


class SnsPost(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The body of a post, as far as it is needed; what SNS leaves out is None."""

    type: str
    message_id: str
    topic_arn: str
    message: str
    timestamp: str
    signature: str
    signature_version: str
    signing_cert_url: str = msgspec.field(name="SigningCertURL")
    subject: str | None = None
    token: str | None = None
    subscribe_url: str | None = msgspec.field(default=None, name="SubscribeURL")

    def __repr__(self) -> str:
        """Name neither the topic's words nor its tokens."""
        return f"SnsPost({self.type!r}, {self.message_id!r})"

    def string_to_sign(self) -> bytes:
        """Return what SNS signs: names and values, a line each, in the names' order."""
        values = msgspec.to_builtins(self)
        return "".join(
            f"{name}\n{values[name]}\n" for name in _SIGNED[self.type] if values[name] is not None
        ).encode()

    def envelope(self) -> str:
        """Return the notification without its signature, in ASCII, as a queue can carry it."""
        values = msgspec.to_builtins(self)
        kept = {name: values[name] for name in _SIGNED[NOTIFICATION] if values[name] is not None}
        return json.dumps(kept)


_POST = msgspec.json.Decoder(SnsPost)


def parse_post(body: bytes) -> SnsPost:
    """Return the post that a body holds.

    Raises:
        Forged: It is none of SNS': SNS would not write it so.
    """
    try:
        return _POST.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Forged("the body is no message of SNS") from error


def check(post: SnsPost, *, topic_arns: Collection[str], now: datetime) -> None:
    """Return if nothing but the signature is left to be asked of a post.

    Args:
        post: as it came.
        topic_arns: the topics that may speak to us.
        now: the present.

    Raises:
        Forged: Its topic is none of ours, or it is too old, or signed in another way than SNS'
            signature version 2. What is wrong is said without a word of the post.
    """
    if post.topic_arn not in topic_arns:
        raise Forged("TopicArn is none of MT_SNS_TOPIC_ARNS: add it there if it is yours")
    if post.type not in _SIGNED:
        raise Forged("Type is none of SNS'")
    if post.signature_version != "2":
        raise Forged("SignatureVersion is not 2: set the topic's attribute SignatureVersion to 2")
    if not _CERTIFICATE_URL.fullmatch(post.signing_cert_url):
        raise Forged("SigningCertURL is no certificate of SNS")
    sent_at = rfc3339(post.timestamp)
    if sent_at is None or not now - _OLDEST <= sent_at <= now + _CLOCKS_DIFFER:
        raise Forged("Timestamp is missing, older than an hour or ahead of the clock")
