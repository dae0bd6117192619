"""Daily analytics: what became of the messages of days."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.daily import DaysPage
from message_tracker.api.models.daily import DailyAnswer, DailyFormat, DailyQuery
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered, answered_text, next_page
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.domain.daily import DayLine
from message_tracker.core.domain.daily_sheet import sheet

_CSV: Final = "text/csv"


def add(api: Router, services: Services) -> None:
    """Register the route."""

    @api.get(
        "/reports/daily",
        Operation(
            summary="What became of the messages of days",
            tag="Reports",
            query=DailyQuery,
            answer=DailyAnswer,
            other_media_types=(_CSV,),
            headers=(("Accept", "application/json or text/csv"),),
        ),
    )
    def daily(call: Call) -> Response[str]:
        """By one thing they have in common. The lines of days that are over are kept."""
        query = call.query(DailyQuery)
        page = services.daily.read(query)
        headers = {
            "Vary": "Accept",
            **next_page(call.event.query_string_parameters, page.following),
        }
        if query.format is None:
            is_csv = _CSV in call.headers.get("accept", "")
        else:
            is_csv = query.format is DailyFormat.CSV
        if is_csv:
            text = sheet(query.by, page.answer.lines, has_head=query.cursor is None)
            return answered_text(text, f"{_CSV}; charset=utf-8", headers)
        return answered(_answer(page), headers)


def _answer(page: DaysPage) -> Mapping[str, Any]:
    return {
        "from": page.question.first_day,
        "to": page.question.last_day,
        "by": page.question.by,
        "lines": [_line(line) for line in page.answer.lines],
        "live": page.answer.live,
        "missing": page.answer.missing,
        "next": page.following,
    }


def _line(line: DayLine) -> Mapping[str, Any]:
    costs = {"price": line.price, "carrier_fee": line.carrier_fee}
    told = {name: None if cost is None else float(cost) for name, cost in costs.items()}
    return {**asdict(line), **told, **line.rates()}
