"""Templates by name: each has versions, and a version never changes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator

from message_tracker.core.domain.message import TemplateId
from message_tracker.core.domain.send_request import Line, Text
from message_tracker.core.domain.validation import Strict

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


def checked_template_name(name: str) -> str:
    """Return a name that can stand in a path; `ValueError` says what is wrong with it."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            "must have 1 to 100 of the characters A-Z a-z 0-9 . _ -, a letter or digit first"
        )
    return name


TemplateName = Annotated[str, AfterValidator(checked_template_name)]


class TemplateTexts(Strict):
    """What a template says: `subject`, `html` and `text` are its e-mail, `message` its SMS."""

    subject: Line | None = None
    html: Text | None = None
    text: Text | None = None
    message: Text | None = None


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """One version of a template; nothing new is sent by an archived one."""

    template_id: TemplateId
    name: str
    version: int
    texts: TemplateTexts
    created_at: datetime
    archived_at: datetime | None


FindTemplate = Callable[[str, int | None], TemplateVersion | None]
"""Finds a version by name and number; without a number, the latest. None: there is none."""
