"""The configuration of one stage: `cdk.json`, overruled by the environment and `.env`.

Field `email_from` stands in `cdk.json` under `context.stages.<stage>`; the variable
`MT_EMAIL_FROM`, in the environment or in `.env`, overrules it (lists are separated by commas).
The local stage is the same on every machine: nothing overrules it.
"""

import os
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from message_tracker.core.settings import (
    AlertSettings,
    ApiSettings,
    Country,
    EmailsPerSecond,
    Months,
    OptOutList,
    ReporterSettings,
    RetentionSettings,
    Seconds,
    SegmentsPerSecond,
    SenderSettings,
    Settings,
    Share,
    SoftBounceDays,
    SweeperSettings,
    TopicArn,
)

ROOT = Path(__file__).resolve().parent.parent
LOCAL = "local"
# What the examples in cdk.json hold until a team puts its own there (RFC 2606, AWS' own account).
_EXAMPLES = ("@example.com", ":111122223333:")


class InvalidConfiguration(ValueError):
    """The stage's configuration cannot be used; the message names each field and the remedy."""


def _split(value: object) -> object:
    """Return the parts of a list that a variable spells with commas."""
    if isinstance(value, str):
        return tuple(filter(None, (part.strip() for part in value.split(","))))
    return value


def _default(model: type[Settings], field: str) -> Any:  # noqa: ANN401 - a default of any field
    """Return the default of a Lambda's setting, so that it is written once."""
    return model.model_fields[field].default


def _number(value: object) -> object:
    """Return the number that a variable spells; pydantic takes a literal for what it is."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


# CloudWatch Logs knows these retentions, and longer ones.
Days = Annotated[Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365], BeforeValidator(_number)]
ImportSource = Annotated[
    str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9._/-]*/)?$")
]
Addresses = Annotated[tuple[str, ...], BeforeValidator(_split)]


class StageConfig(BaseModel):
    """What differs between two stages, and between two teams."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str = Field(pattern=r"^[a-z][a-z0-9]{0,15}$")

    email_from: str = Field(description="From header of every e-mail: Name <address>")
    email_identity: str = Field(
        default="", description="verified SES domain, where it is not the From header's own"
    )
    email_per_second: EmailsPerSecond = _default(SenderSettings, "email_per_second")
    email_chunk_size: Annotated[int, Field(ge=1, le=100)] = _default(
        ApiSettings, "email_chunk_size"
    )
    email_concurrency: Annotated[int, Field(ge=2, le=1000)] = 2
    email_unconfirmed_after_seconds: Seconds = _default(
        SweeperSettings, "email_unconfirmed_after_seconds"
    )

    text_origination_identity: str = Field(
        pattern=r"^arn:aws[a-z-]*:sms-voice:[a-z0-9-]+:\d{12}:(phone-number|pool|sender-id)/.+$",
        description="ARN of the phone number, pool or sender ID that texts are sent from",
    )
    text_segments_per_second: SegmentsPerSecond = _default(
        SenderSettings, "text_segments_per_second"
    )
    text_rate_mode: Literal["paced", "strict"] = Field(
        default=_default(SenderSettings, "text_rate_mode"),
        description="paced: the rate on average; strict: no more than the rate in any second",
    )
    text_opt_out_list: OptOutList = _default(ApiSettings, "text_opt_out_list")
    text_unconfirmed_after_seconds: Seconds = _default(
        SweeperSettings, "text_unconfirmed_after_seconds"
    )
    requeue_after_seconds: Seconds = Field(
        default=_default(SweeperSettings, "requeue_after_seconds"),
        description="how long a message waits on a queue before its chunk is taken for lost",
    )
    sms_resend: bool = _default(SweeperSettings, "sms_resend")
    soft_bounce_days: SoftBounceDays = _default(SweeperSettings, "soft_bounce_days")
    public_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="where recipients reach the API, by a domain of your own; its own URL if empty",
    )
    tracking: Literal["ses", "own", "none"] = Field(
        default="ses", description="whose open pixel and links mail carries"
    )
    unsubscribe_mailto: str = _default(SenderSettings, "unsubscribe_mailto")
    default_region: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    text_countries: Annotated[tuple[Country, ...], BeforeValidator(_split)] = Field(
        default=(), description="the only countries SMS go to, as US; any if empty"
    )
    default_audience: str = Field(
        default="", description="the audience of requests that name no recipients; none if empty"
    )
    import_sources: Annotated[tuple[ImportSource, ...], BeforeValidator(_split)] = Field(
        default=(), description="more places that lists of recipients may be read from"
    )
    sns_route: bool = Field(
        default=False, description="a topic of the stage's own, which posts events to the API"
    )
    sns_topic_arns: Annotated[tuple[TopicArn, ...], BeforeValidator(_split)] = Field(
        default=(), description="other topics that may post to /events/sns"
    )
    receives_text_events: bool = Field(
        default=True, description="false where AWS::SMSVOICE::* resources are unknown"
    )

    report_recipients: Addresses = Field(min_length=1)
    report_from: str = Field(default="", description="From header of reports; email_from if empty")
    report_period: Literal["hourly", "daily", "weekly"] = _default(
        ReporterSettings, "report_period"
    )
    report_time_zone: str = _default(ReporterSettings, "report_time_zone")
    report_language: Literal["en", "de"] = _default(ReporterSettings, "report_language")
    report_names_people: bool = Field(
        default=_default(ReporterSettings, "report_names_people"),
        description="true: reports tell recipients as they are, and not masked",
    )
    alert_failure_share: Share = _default(AlertSettings, "alert_failure_share")
    alert_complaint_share: Share = _default(AlertSettings, "alert_complaint_share")
    alert_dead_letters: Annotated[int, Field(ge=1)] = _default(AlertSettings, "alert_dead_letters")
    alert_least_sent: Annotated[int, Field(ge=1)] = _default(AlertSettings, "alert_least_sent")
    alarm_recipients: Addresses = ()

    database_secret: str = Field(
        default="", description="name of the Secrets Manager secret that holds the Postgres URL"
    )
    api_requests_per_second: Annotated[int, Field(ge=1)] = 50
    sender_timeout_seconds: Annotated[int, Field(ge=10, le=900)] = 60
    event_processor_timeout_seconds: Annotated[int, Field(ge=10, le=900)] = 300
    event_processor_concurrency: Annotated[int, Field(ge=2, le=1000)] = 5
    archive_buffer_seconds: Annotated[int, Field(ge=0, le=900)] = 60
    archive_retention_days: Annotated[int, Field(ge=91)] = 400
    keep_personal_months: Months = _default(RetentionSettings, "keep_personal_months")
    keep_event_months: Months = _default(RetentionSettings, "keep_event_months")
    log_retention_days: Days = 30
    keeps_data: bool = Field(
        default=True, description="data outlives the stack; what holds it is deletion-protected"
    )

    @field_validator("unsubscribe_mailto")
    @classmethod
    def _is_a_bare_address(cls, value: str) -> str:
        if value and (parseaddr(value)[1] != value or "@" not in value):
            raise ValueError("must be an address alone: unsubscribe@example.com")
        return value

    @field_validator("email_from", "report_from")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and "@" not in parseaddr(value)[1]:
            raise ValueError("must read: Name <name@domain>")
        return value

    @field_validator("report_time_zone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a name of the IANA time zone database, as Europe/Berlin")
        return value

    @property
    def name(self) -> str:
        """The stack's name, and the beginning of the name of everything in it."""
        return f"message-tracker-{self.stage}"

    @property
    def from_of_reports(self) -> str:
        """The From header of reports."""
        return self.report_from or self.email_from

    @property
    def database_secret_name(self) -> str:
        """The name of the secret that holds the Postgres URL."""
        return self.database_secret or f"message-tracker/{self.stage}/database-url"

    def examples(self) -> list[str]:
        """Return the fields that still hold the examples of `cdk.json`, which AWS would refuse."""
        return [
            field
            for field, value in self
            if any(example in text for text in _texts(value) for example in _EXAMPLES)
        ]

    @classmethod
    def read(
        cls, stage: str, stages: Mapping[str, Mapping[str, object]], env_file: Path | None
    ) -> Self:
        """Return the configuration of `stage`.

        Args:
            stage: its name in `stages`.
            stages: the `stages` of cdk.json's context.
            env_file: a dotenv file which, as the environment does, overrules `stages`; with None
                (and for the local stage) nothing overrules them.

        Raises:
            InvalidConfiguration: the stage is unknown, or a field is missing, unknown or wrong.
        """
        if stage not in stages:
            known = ", ".join(sorted(stages))
            raise InvalidConfiguration(
                f"stage {stage!r} is not in cdk.json (it has: {known}): add it under context.stages"
            )
        overruled = _overrides(cls, env_file) if env_file and stage != LOCAL else {}
        try:
            return cls.model_validate({**stages[stage], **overruled, "stage": stage})
        except ValidationError as error:
            raise InvalidConfiguration(_explained(stage, error)) from error


def _overrides(model: type[StageConfig], env_file: Path) -> dict[str, str]:
    """Return the fields that `MT_…` variables set; the environment wins over the file."""
    variables = {**dotenv_values(env_file), **os.environ}  # noqa: TID251 - a stage's own switch
    fields = model.model_fields.keys() - {"stage"}
    return {field: value for field in fields if (value := variables.get(f"MT_{field.upper()}"))}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def _explained(stage: str, error: ValidationError) -> str:
    faults = [
        f"  {'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors()
    ]
    return "\n".join(
        [
            f"stage {stage!r} is not configured:",
            *faults,
            f"Set each in cdk.json under context.stages.{stage}, or as MT_<FIELD> in .env.",
        ]
    )
