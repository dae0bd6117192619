"""The use case of ``GET /reports/daily``: what became of the messages of days."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from message_tracker.api.models.daily import DailyQuery
from message_tracker.core.domain.daily import (
    MOST_DAYS,
    Analysed,
    LinePlace,
    place_of,
    today,
)
from message_tracker.core.domain.problem import Fault, RequestRefused, invalid_request
from message_tracker.core.store.daily import DailyAnalytics, DaysAnswer, DaysQuestion


@dataclass(frozen=True, slots=True)
class DaysPage:
    """What was asked, a page of what is answered, and the cursor of the next one, if there is."""

    question: DaysQuestion
    answer: DaysAnswer
    following: str | None


@dataclass(frozen=True, slots=True)
class DailyDesk:
    """Answers what is asked of daily analytics."""

    analytics: DailyAnalytics
    clock: Callable[[], datetime]

    def read(self, query: DailyQuery) -> DaysPage:
        """Return a page of lines.

        Raises:
            RequestRefused: 400, the days are none that can be told, or the cursor is none.
        """
        present = today(self.clock())
        first, last = _days(query, present)
        after = None if query.cursor is None else _place_at(query.cursor)
        question = DaysQuestion(
            first_day=first, last_day=last, by=query.by, limit=query.limit + 1, after=after
        )
        answer = self.analytics.read(question, present)
        shown = answer.lines[: query.limit]
        is_last = len(answer.lines) <= query.limit
        following = None if is_last else _cursor_at(place_of(shown[-1]))
        return DaysPage(question, DaysAnswer(shown, answer.live, answer.missing), following)


def _days(query: DailyQuery, present: date) -> tuple[date, date]:
    """Return the first and the last day that are asked for."""
    if query.day is not None:
        if query.from_ is not None or query.to is not None:
            raise _refused("date", "`date` is one day: leave it out, or leave out `from` and `to`")
        first = last = query.day
    elif query.from_ is not None:
        first, last = query.from_, query.to or max(present, query.from_)
    elif query.to is not None:
        raise _refused("to", "`to` ends a period: name the first day of it with `from`")
    else:
        first = last = present - timedelta(days=1)
    if first > present:
        raise _refused(
            "date" if query.day else "from", f"{first} is yet to come: today is {present}"
        )
    _check_length(first, last, query.by)
    return first, last


def _check_length(first: date, last: date, by: Analysed) -> None:
    count = (last - first).days + 1
    if count < 1:
        raise _refused("from", f"`from` is after `to` ({last}): swap them")
    if count > MOST_DAYS:
        detail = f"{first} to {last} are {count} days: ask for at most {MOST_DAYS} at a time"
        raise _refused("from", detail)
    if count > 1 and by is Analysed.USER:
        raise _refused("by", "by `user` one day is counted at a time: name it with `date`")


def _refused(field: str, detail: str) -> RequestRefused:
    return invalid_request([Fault(f"?{field}", field, detail)])


def _cursor_at(place: LinePlace) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _place_at(cursor: str) -> LinePlace:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode()), type=LinePlace)
    except (binascii.Error, msgspec.DecodeError, UnicodeError) as error:
        raise _refused("cursor", "`cursor` is none of ours: take `next` as it is") from error
