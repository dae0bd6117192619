"""The body of ``POST /send``: its fields, and what is wrong with them."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from message_tracker.core.domain.email_headers import checked_headers, checked_name, checked_value
from message_tracker.core.domain.message import Channel, Kind, OnUnconfirmed
from message_tracker.core.domain.problem import Fault, pointer
from message_tracker.core.domain.templates import MAX_SOURCE

MAX_RECIPIENTS: Final = 10_000
MAX_TTL: Final = timedelta(days=30)
MAX_DELAY: Final = timedelta(days=366)
MAX_VERSION: Final = 2**31 - 1  # of a template
MAX_SUBJECT: Final = 998  # RFC 5322, 2.1.1: the longest line

_NO_TIME: Final = "must be a time in ISO 8601 with its offset: 2030-01-31T09:00:00+01:00, or …Z"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SES_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def one_line(text: str) -> str:
    """Return a text of one line; `ValueError` says what is wrong with it."""
    if _CONTROL.search(text):
        raise ValueError("has a line break or another control character: remove it")
    return text


def _written_out(value: object) -> object:
    # Pydantic would also take a number, or a number in quotes, as seconds since 1970.
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError(_NO_TIME)
    return value


def _ses_name(name: str) -> str:
    if not _SES_NAME.fullmatch(name):
        raise ValueError("must have 1 to 64 of the characters A-Z a-z 0-9 _ -, as in SES")
    return name


_MAX_SHOWN: Final = 100  # of an unknown field's name

Text = Annotated[str, Field(min_length=1, max_length=MAX_SOURCE)]
Line = Annotated[str, Field(min_length=1, max_length=MAX_SUBJECT), AfterValidator(one_line)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
Written = Field(strict=False)  # JSON has a text where we have an enum or a time


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RecipientEntry(_Strict):
    """One entry of `to`, written as an object."""

    to: str
    data: dict[str, Any] | None = None
    user_id: Name | None = None


class TemplateReference(_Strict):
    """A template by name: the latest version, or the one of this number."""

    name: Name
    version: Annotated[int | None, Field(ge=1, le=MAX_VERSION)] = None


def _by_name(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class SendRequest(_Strict):
    """Everything but the recipients: they are read one by one, see `recipients`."""

    to: Any = None
    message: Text | None = None
    subject: Line | None = None
    html: Text | None = None
    text: Text | None = None
    template: Annotated[TemplateReference | None, BeforeValidator(_by_name)] = None
    ses_template: Annotated[str, AfterValidator(_ses_name)] | None = None
    channel: Annotated[Channel, Written] | None = None
    group: Name | None = None
    send_at: Annotated[AwareDatetime, Written, BeforeValidator(_written_out)] | None = None
    ttl_seconds: Annotated[int | None, Field(ge=1, le=MAX_TTL.total_seconds())] = None
    kind: Annotated[Kind, Written] = Kind.TRANSACTIONAL
    on_unconfirmed: Annotated[OnUnconfirmed, Written] = OnUnconfirmed.RETRY
    report_type: Name | None = None
    user_id: Name | None = None
    data: dict[str, Any] | None = None
    headers: Annotated[
        dict[
            Annotated[str, AfterValidator(checked_name)],
            Annotated[str, AfterValidator(checked_value)],
        ],
        AfterValidator(checked_headers),
    ] = Field(default_factory=dict)
    partial: bool = False


def faults_of(error: ValidationError, within: str = "#") -> list[Fault]:
    """Return what pydantic found, in our words.

    Args:
        error: of validating one of the models above.
        within: the pointer to what was validated.
    """
    return [_fault(details, within) for details in error.errors(include_url=False)]


def _fault(details: Mapping[str, Any], within: str) -> Fault:
    steps = [step for step in details["loc"] if step != "[key]"]
    name = str(steps[0])[:_MAX_SHOWN] if steps else "request"
    return Fault(pointer(within, *steps), name, f"`{name}` {_in_words(details)}")


# By pydantic's error type; `{…}` are its context. What is missing here speaks for itself.
_WORDS: Final = {
    "bool_type": "must be true or false",
    "dict_type": "must be a JSON object",
    "model_type": "must be a text in quotes or a JSON object",
    "int_type": "must be a whole number",
    "string_type": "must be a text in quotes",
    "missing": "is missing: give it",
    "enum": "must be one of {expected}",
    "extra_forbidden": "is no field of this request: remove it, or correct its spelling",
    "string_too_short": "is empty: fill it, or leave it out",
    "string_too_long": "is longer than {max_length} characters: shorten it",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "timezone_aware": _NO_TIME,
    "value_error": "{error}",
}


def _in_words(details: Mapping[str, Any]) -> str:
    kind = details["type"]
    if kind.startswith("datetime_"):
        return _NO_TIME
    if kind not in _WORDS:
        return str(details["msg"])
    return _WORDS[kind].format_map(details.get("ctx", {}))
