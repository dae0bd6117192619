"""What the providers write nearly always, typed to the leaf.

Decoded straight into a UUID or a time, a leaf costs a fraction of what converting its text costs
afterwards. A record that is otherwise is decoded as `wire.Record` instead: to the same event, since
the readers take a leaf in either form.
"""

from datetime import datetime
from uuid import UUID

from message_tracker.core.domain.events import wire


class Tags(wire.Tags):
    """Our tags as our sender writes them."""

    mt_id: list[UUID] | None = None
    mt_attempt: list[UUID] | None = None


class Mail(wire.Mail):
    """The mail, its time decoded."""

    timestamp: datetime | None = None
    tags: Tags | None = None


class Bounce(wire.Bounce):
    """SES ``bounce``, its time decoded."""

    timestamp: datetime | None = None


class Complaint(wire.Complaint):
    """SES ``complaint``, its time decoded."""

    timestamp: datetime | None = None


class Delivery(wire.Delivery):
    """SES ``delivery``, its time decoded."""

    timestamp: datetime | None = None


class DeliveryDelay(wire.DeliveryDelay):
    """SES ``deliveryDelay``, its time decoded."""

    timestamp: datetime | None = None


class Engagement(wire.Engagement):
    """SES ``open`` and ``click``, their time decoded."""

    timestamp: datetime | None = None


class Record(wire.Record):
    """The top level of a record; SMS and the envelopes have nothing to decode further."""

    mail: Mail | None = None
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    delivery: Delivery | None = None
    delivery_delay: DeliveryDelay | None = None
    open: Engagement | None = None
    click: Engagement | None = None
