"""The kinds of value that a stage's fields have."""

from email.utils import parseaddr
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from message_tracker.core.settings import Settings


class Part(BaseModel):
    """Fields that belong together; the stage has those of every part."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def default(model: type[Settings], field: str) -> Any:  # noqa: ANN401 - a default of any field
    """Return the default of a Lambda's setting, so that it is written once."""
    return model.model_fields[field].default


def _split(value: object) -> object:
    """Return the parts of a list that a variable spells with commas."""
    if isinstance(value, str):
        return tuple(filter(None, (part.strip() for part in value.split(","))))
    return value


def _number(value: object) -> object:
    """Return the number that a variable spells; pydantic takes a literal for what it is."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _is_a_header(value: str) -> str:
    if value and "@" not in parseaddr(value)[1]:
        raise ValueError("must read: Name <name@domain>")
    return value


def _is_a_bare_address(value: str) -> str:
    if value and (parseaddr(value)[1] != value or "@" not in value):
        raise ValueError("must be an address alone: unsubscribe@example.com")
    return value


def _is_a_time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("must be a name of the IANA time zone database, as Europe/Berlin")
    return value


SEPARATED = BeforeValidator(_split)
"""In a variable, the values of a list are separated by commas."""

FromHeader = Annotated[str, AfterValidator(_is_a_header)]
"""Name <address>, or empty."""

BareAddress = Annotated[str, AfterValidator(_is_a_bare_address)]
"""An address without a name, or empty."""

Addresses = Annotated[tuple[str, ...], SEPARATED]

TimeZone = Annotated[str, AfterValidator(_is_a_time_zone)]

Days = Annotated[Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365], BeforeValidator(_number)]
"""CloudWatch Logs knows these retentions, and longer ones."""

ImportSource = Annotated[
    str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9._/-]*/)?$")
]
