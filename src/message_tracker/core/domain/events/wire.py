"""What the providers write, as far as we read it.

One struct holds the top-level fields of every shape, so that one decode both reads a record and
tells its shape. Leaves are ``object``: a field of an unexpected type must not cost the event.
Fields we do not name are skipped unread; providers add some at any time.

Sources: Amazon SES developer guide, "Contents of event data" (event publishing and notifications);
AWS End User Messaging SMS user guide, "Event format"; Amazon SNS developer guide, "HTTP/HTTPS
notification JSON format"; EventBridge user guide, "Event structure".
"""

import msgspec
from msgspec import UNSET, Raw, UnsetType


class _Camel(msgspec.Struct, rename="camel", gc=False):
    """Fields named as in the provider's JSON."""


class Tags(msgspec.Struct, gc=False):
    """The message tags that are ours; their values are lists."""

    mt_id: object = None
    mt_attempt: object = None


class Header(msgspec.Struct, gc=False):
    """A header line of the mail."""

    name: object = None
    value: object = None


class Mail(_Camel):
    """The mail an SES event is about."""

    message_id: object = None
    timestamp: object = None  # when the mail was sent, not when the event happened
    destination: object = None
    tags: Tags | None = None
    headers: Raw | UnsetType = UNSET  # decoded only for mail that carries no tag of ours


class Recipient(_Camel):
    """A recipient as bounces, complaints and delays name one."""

    email_address: object = None
    action: object = None
    status: object = None
    diagnostic_code: object = None


class Bounce(_Camel):
    """SES ``bounce``."""

    bounce_type: object = None
    bounce_sub_type: object = None
    bounced_recipients: list[Recipient] | None = None
    timestamp: object = None
    feedback_id: object = None
    reporting_mta: object = msgspec.field(default=None, name="reportingMTA")
    remote_mta_ip: object = None


class Complaint(_Camel):
    """SES ``complaint``."""

    complained_recipients: list[Recipient] | None = None
    timestamp: object = None
    feedback_id: object = None
    complaint_sub_type: object = None
    complaint_feedback_type: object = None
    user_agent: object = None
    arrival_date: object = None


class Delivery(_Camel):
    """SES ``delivery``."""

    timestamp: object = None
    recipients: object = None
    processing_time_millis: object = None
    smtp_response: object = None
    reporting_mta: object = msgspec.field(default=None, name="reportingMTA")
    remote_mta_ip: object = None


class DeliveryDelay(_Camel):
    """SES ``deliveryDelay``."""

    timestamp: object = None
    delay_type: object = None
    delayed_recipients: list[Recipient] | None = None
    expiration_time: object = None
    reporting_mta: object = msgspec.field(default=None, name="reportingMTA")


class Engagement(_Camel):
    """SES ``open`` and ``click``."""

    timestamp: object = None
    ip_address: object = None
    user_agent: object = None
    link: object = None
    link_tags: object = None


class Reject(_Camel):
    """SES ``reject``."""

    reason: object = None


class Failure(_Camel):
    """SES ``failure``, of a Rendering Failure."""

    template_name: object = None
    error_message: object = None


class Subscription(_Camel):
    """SES ``subscription``."""

    timestamp: object = None
    contact_list: object = None
    source: object = None
    new_topic_preferences: object = None
    old_topic_preferences: object = None


class Record(_Camel):
    """The top level of any record we may meet."""

    event_type: object = None  # SES event publishing, SMS
    notification_type: object = None  # SES identity notifications

    mail: Mail | None = None
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    delivery: Delivery | None = None
    delivery_delay: DeliveryDelay | None = None
    open: Engagement | None = None
    click: Engagement | None = None
    reject: Reject | None = None
    failure: Failure | None = None
    subscription: Subscription | None = None

    event_timestamp: object = None
    is_final: object = None
    message_id: object = None
    destination_phone_number: object = None
    origination_phone_number: object = None
    iso_country_code: object = None
    mcc: object = None
    mnc: object = None
    carrier_name: object = None
    message_encoding: object = None
    message_status: object = None
    message_status_description: object = None
    context: object = None
    total_message_parts: object = None
    total_message_price: object = None
    total_carrier_fee: object = None

    bus_event_id: object = msgspec.field(default=None, name="id")
    bus_detail_type: object = msgspec.field(default=None, name="detail-type")
    bus_source: object = msgspec.field(default=None, name="source")
    bus_time: object = msgspec.field(default=None, name="time")
    bus_detail: Raw | UnsetType = msgspec.field(default=UNSET, name="detail")

    sns_type: object = msgspec.field(default=None, name="Type")
    sns_message: object = msgspec.field(default=None, name="Message")
    sns_message_id: object = msgspec.field(default=None, name="MessageId")
    sns_topic: object = msgspec.field(default=None, name="TopicArn")
    sns_subject: object = msgspec.field(default=None, name="Subject")
    sns_timestamp: object = msgspec.field(default=None, name="Timestamp")
