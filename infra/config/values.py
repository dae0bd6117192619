"""The kinds of value that a stage's fields have."""

import re
from collections.abc import Callable
from email.utils import parseaddr
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from message_tracker.core.settings import Settings

_FEWEST_MINUTES = 5  # a run of the canary may take as long


class Part(BaseModel):
    """Fields that belong together; the stage has those of every part."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def default(model: type[Settings], field: str) -> Any:  # noqa: ANN401 - a default of any field
    """Return the default of a Lambda's setting, so that it is written once."""
    return model.fields()[field].rule.default


def _split(value: object) -> object:
    """Return the parts of a list that a variable spells with commas."""
    if isinstance(value, str):
        return tuple(filter(None, (part.strip() for part in value.split(","))))
    return value


def _number(value: object) -> object:
    """Return the number that a variable spells; pydantic takes a literal for what it is."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _is_an_address(value: str) -> str:
    try:
        # Nobody is asked whether the domain takes mail; a domain of RFC 6761's `test` may be one.
        validate_email(value, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(
            f"{value!r} is no e-mail address ({error}): write name@domain alone"
        ) from error
    return value


def _is_a_header(value: str) -> str:
    try:
        _is_an_address(parseaddr(value)[1])
    except ValueError as error:
        raise ValueError(f"{value!r} must read: Name <name@domain>") from error
    return value


def _is_a_time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("must be a name of the IANA time zone database, as Europe/Berlin")
    return value


def _leaves_time_between(value: int) -> int:
    if 0 < value < _FEWEST_MINUTES:
        raise ValueError(f"must be 0 for never, or {_FEWEST_MINUTES} and more")
    return value


def _unless_empty(check: Callable[[str], str]) -> AfterValidator:
    """Return `check` for a field that may be left empty."""
    return AfterValidator(lambda value: check(value) if value else value)


def _matches(pattern: str, otherwise: str) -> Callable[[str], str]:
    """Return a check that says how a value is written, where a pattern alone would not tell."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{value!r} {otherwise}")
        return value

    return check


_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?"
_ORIGINATION = r"arn:aws[a-z-]*:sms-voice:[a-z0-9-]+:\d{12}:(phone-number|pool|sender-id)/.+"
_CERTIFICATE = r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+"

SEPARATED = BeforeValidator(_split)
"""In a variable, the values of a list are separated by commas."""

FromHeader = Annotated[str, _unless_empty(_is_a_header)]
"""Name <address>, or empty."""

Address = Annotated[str, _unless_empty(_is_an_address)]
"""An address alone, or empty."""

Addresses = Annotated[tuple[Annotated[str, AfterValidator(_is_an_address)], ...], SEPARATED]

Domain = Annotated[
    str,
    _unless_empty(_matches(_DOMAIN, "must be a domain's name in lower case, as mail.example.com")),
]
"""A fully qualified name, or empty."""

Account = Annotated[
    str, _unless_empty(_matches(r"\d{12}", "must be the 12 digits of an AWS account"))
]
"""An AWS account's number, or empty."""

Region = Annotated[
    str,
    _unless_empty(_matches(r"[a-z]{2}(-[a-z]+)+-\d", "must be a region's name, as eu-central-1")),
]
"""An AWS region's name, or empty."""

TimeZone = Annotated[str, AfterValidator(_is_a_time_zone)]

OriginationIdentity = Annotated[
    str,
    _unless_empty(
        _matches(
            _ORIGINATION,
            "must be the ARN of a phone number, a pool or a sender ID: "
            "arn:aws:sms-voice:us-east-1:111122223333:pool/pool-…",
        )
    ),
]

CertificateArn = Annotated[
    str,
    _unless_empty(
        _matches(
            _CERTIFICATE,
            "must be the ARN of a certificate of ACM, of the stack's own region: "
            "arn:aws:acm:us-east-1:111122223333:certificate/…",
        )
    ),
]

Days = Annotated[Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365], BeforeValidator(_number)]
"""CloudWatch Logs knows these retentions, and longer ones."""

Minutes = Annotated[int, Field(ge=0, le=1440), AfterValidator(_leaves_time_between)]
"""Between two runs; 0 for none."""

ImportSource = Annotated[
    str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9._/-]*/)?$")
]
