"""Models of what comes from outside, and what is wrong with it in our words."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from message_tracker.core.domain.problem import Fault, pointer

NO_TIME: Final = "must be a time in ISO 8601 with its offset: 2030-01-31T09:00:00+01:00, or …Z"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MAX_SHOWN: Final = 100  # of an unknown field's name
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Strict(BaseModel):
    """A JSON object: these fields and no others, each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


def _written_out(value: object) -> object:
    # Pydantic would also take a number, or a number in quotes, as seconds since 1970.
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError(NO_TIME)
    return value


Written = Field(strict=False)  # JSON has a text where we have an enum or a time
Moment = Annotated[AwareDatetime, Written, BeforeValidator(_written_out)]
"""A time with its offset."""


def one_line(text: str) -> str:
    """Return a text of one line; `ValueError` says what is wrong with it."""
    if _CONTROL.search(text):
        raise ValueError("has a line break or another control character: remove it")
    return text


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
    shown = _path(steps) if any(isinstance(step, int) for step in steps) else name
    return Fault(pointer(within, *steps), name, f"`{shown}` {_in_words(details)}")


def _path(steps: Sequence[str | int]) -> str:
    """Return the way into a list: ``attachments[0].name``."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return path.removeprefix(".")[:_MAX_SHOWN]


# By pydantic's error type; `{…}` are its context. What is missing here speaks for itself.
_WORDS: Final = {
    "bool_type": "must be true or false",
    "dict_type": "must be a JSON object",
    "int_type": "must be a whole number",
    "list_type": "must be a JSON array",
    "model_type": "must be a JSON object",
    "string_type": "must be a text in quotes",
    "missing": "is missing: give it",
    "enum": "must be one of {expected}",
    "literal_error": "must be {expected}",
    "extra_forbidden": "is no field of this request: remove it, or correct its spelling",
    "string_too_short": "is empty: fill it, or leave it out",
    "too_long": "has {actual_length} entries: {max_length} are allowed",
    "string_too_long": "is longer than {max_length} characters: shorten it",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "timezone_aware": NO_TIME,
    "value_error": "{error}",
}


def _in_words(details: Mapping[str, Any]) -> str:
    kind = details["type"]
    if kind.startswith("datetime_"):
        return NO_TIME
    if kind not in _WORDS:
        return str(details["msg"])
    return _WORDS[kind].format_map(details.get("ctx", {}))
