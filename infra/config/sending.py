"""What a stage sends, from whom, how fast, and to whom it may."""

from typing import Annotated, Literal

from pydantic import Field

from infra.config.values import (
    SEPARATED,
    Address,
    Domain,
    FromHeader,
    OriginationIdentity,
    Part,
    default,
)
from message_tracker.core.settings import (
    ApiSettings,
    Country,
    EmailsPerSecond,
    OptOutList,
    Seconds,
    SegmentsPerSecond,
    SenderSettings,
    SoftBounceDays,
    SweeperSettings,
)


class EmailFields(Part):
    """E-mail: the identity, the rate, and what mail carries."""

    email_from: FromHeader = Field(description="From header of every e-mail: Name <address>")
    email_identity: Domain = Field(
        default="", description="SES domain, where it is not the From header's own"
    )
    creates_email_identity: bool = Field(
        default=False, description="true: the stack makes the identity; else it is there already"
    )
    email_mail_from_domain: Domain = Field(
        default="", description="MAIL FROM domain of an identity that the stack makes"
    )
    email_per_second: EmailsPerSecond = default(SenderSettings, "email_per_second")
    email_chunk_size: Annotated[int, Field(ge=1, le=100)] = default(ApiSettings, "email_chunk_size")
    email_concurrency: Annotated[int, Field(ge=2, le=1000)] = 2
    email_unconfirmed_after_seconds: Seconds = default(
        SweeperSettings, "email_unconfirmed_after_seconds"
    )
    soft_bounce_days: SoftBounceDays = default(SweeperSettings, "soft_bounce_days")
    tracking: Literal["ses", "own", "none"] = Field(
        default="ses", description="whose open pixel and links mail carries"
    )
    unsubscribe_mailto: Address = default(SenderSettings, "unsubscribe_mailto")


class TextFields(Part):
    """SMS: the origination identity, the rate, and where they go."""

    text_origination_identity: OriginationIdentity = Field(
        description="ARN of the phone number, pool or sender ID that texts are sent from",
    )
    text_segments_per_second: SegmentsPerSecond = default(
        SenderSettings, "text_segments_per_second"
    )
    text_rate_mode: Literal["paced", "strict"] = Field(
        default=default(SenderSettings, "text_rate_mode"),
        description="paced: the rate on average; strict: no more than the rate in any second",
    )
    text_opt_out_list: OptOutList = default(ApiSettings, "text_opt_out_list")
    text_countries: Annotated[tuple[Country, ...], SEPARATED] = Field(
        default=(), description="the only countries SMS go to, as US; any if empty"
    )
    text_unconfirmed_after_seconds: Seconds = default(
        SweeperSettings, "text_unconfirmed_after_seconds"
    )
    sms_resend: bool = default(SweeperSettings, "sms_resend")
    default_region: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    receives_text_events: bool = Field(
        default=True, description="false where AWS::SMSVOICE::* resources are unknown"
    )
