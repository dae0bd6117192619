"""The page's limits are those of the template and of the code."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from infra.config import ROOT
from infra.runbooks import PAGE
from message_tracker.api.body import MAX_BODY
from message_tracker.core.domain.segments import Encoding, max_characters
from message_tracker.core.domain.send_request import MAX_RECIPIENTS
from tests.infra.cloudformation import Template

_REQUESTS = "one for each request"
_NEITHER_QUEUE_NOR_CLOCK = {"api": _REQUESTS, "migrator": "1, at a deployment"}


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading of the page, without its head."""
    page = (ROOT / PAGE).read_text("utf-8")
    assert f"\n{heading}\n" in page
    below = page[page.index(f"\n{heading}\n") :].splitlines()[1:]
    first = next(number for number, line in enumerate(below) if line.startswith("|"))
    rows: list[list[str]] = []
    for line in below[first:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def at_a_time(template: Template) -> Mapping[str, int]:
    """Return for each function how many of it its queues and schedules run at a time."""
    found: Counter[str] = Counter()
    for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values():
        found[mapping["FunctionName"]["Ref"]] += mapping["ScalingConfig"]["MaximumConcurrency"]
    for schedule in template.of_type("AWS::Scheduler::Schedule").values():
        found[schedule["Target"]["Arn"]["Fn::GetAtt"][0]] += 1
    return found


def test_the_page_lists_the_functions_with_what_they_take(prod: Template) -> None:
    counts = at_a_time(prod)

    expected = [
        _row(function, counts[logical_id])
        for logical_id, function in prod.of_type("AWS::Lambda::Function").items()
    ]

    assert sorted(table("### Functions")) == sorted(expected), f"write there: {sorted(expected)}"


def test_the_page_says_what_a_stage_uses_of_each_quota(prod: Template) -> None:
    [stage] = prod.of_type("AWS::ApiGatewayV2::Stage").values()
    throttle = stage["DefaultRouteSettings"]
    streams = prod.of_type("AWS::KinesisFirehose::DeliveryStream")
    used = {
        "Lambda: concurrent executions": f"{sum(at_a_time(prod).values())}, and {_REQUESTS}",
        "API Gateway: requests a second": (
            f"{throttle['ThrottlingRateLimit']}, {throttle['ThrottlingBurstLimit']} at once"
        ),
        "SES: e-mails a second": prod.variables("sender")["MT_EMAIL_PER_SECOND"],
        "SMS: segments a second": prod.variables("sender")["MT_TEXT_SEGMENTS_PER_SECOND"],
        "Firehose: streams": str(len(streams)),
    }

    told = {row[0]: row[2] for row in table("### Quotas of AWS")}

    most = int(told["CloudFormation: resources of a stack"].removeprefix("under "))
    assert len(prod.body["Resources"]) < most
    assert {name: told.get(name) for name in used} == {
        name: _number(value) for name, value in used.items()
    }


_GSM, _UCS2 = max_characters(Encoding.GSM_7BIT), max_characters(Encoding.UCS2)


@pytest.mark.parametrize(
    ("what", "figure"),
    [
        ("recipients a request", f"{MAX_RECIPIENTS:,}"),
        ("body of a request", f"{MAX_BODY >> 20} MiB"),
        ("SMS", f"{_GSM:,} GSM or {_UCS2} other characters"),
    ],
)
def test_the_page_says_what_the_code_takes(what: str, figure: str) -> None:
    told = {row[0]: row[1] for row in table("### Our own")}

    assert told[what] == figure


def _row(function: Mapping[str, Any], count: int) -> list[str]:
    name = function["FunctionName"].split("-", 3)[3]
    return [
        f"`{name}`",
        f"{function['MemorySize']:,} MB",
        f"{function['Timeout']} s",
        str(count) if count else _NEITHER_QUEUE_NOR_CLOCK[name],
    ]


def _number(value: Any) -> str:  # noqa: ANN401 - a variable's text, or a number
    text = str(value)
    return text.removesuffix(".0")
