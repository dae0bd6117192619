"""`message-tracker doctor`: what is wrong with an account or a stage, and what mends it."""

import json
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.text import Text

from message_tracker.cli.examination import examine
from message_tracker.cli.settings import DoctorSettings
from message_tracker.core.aws.checkup.clients import Clients
from message_tracker.core.domain.doctor.finding import AwsCall, Finding, Severity, worst
from message_tracker.core.domain.doctor.foundation import judge_clock
from message_tracker.core.domain.skew import Skew

_COLORS: Final = {
    Severity.PASS: "green",
    Severity.UNKNOWN: "magenta",
    Severity.WARN: "yellow",
    Severity.FAIL: "red",
}


def doctor(
    *,
    json_output: Annotated[bool, typer.Option("--json", help="print the findings as JSON")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="exit with 1 on a warning, or what cannot be read")
    ] = False,
) -> None:
    """Check the account and the stage MT_STAGE; exit with 2 when something fails.

    It changes nothing. Each finding but a pass comes with the command that mends it.
    """
    settings = DoctorSettings.from_env()
    clients, skew = Clients.made(), Skew()
    clients.learn_time(skew, _now_us)
    findings = examine(clients, settings, datetime.now(UTC))
    findings.append(judge_clock(timedelta(microseconds=skew.shift)))
    if json_output:
        typer.echo(json.dumps(_as_json(settings.stage, findings), indent=2))
    else:
        _print(findings)
    raise typer.Exit(_exit_code(worst(findings), strict=strict))


def _exit_code(severity: Severity, *, strict: bool) -> int:
    if severity is Severity.FAIL:
        return 2
    return 1 if strict and severity is not Severity.PASS else 0


def _now_us() -> int:
    return time.time_ns() // 1000


def _print(findings: Iterable[Finding]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for one in findings:
        line = Text.assemble(
            (f"{one.severity:<8}", _COLORS[one.severity]), (one.subject, "bold"), f": {one.says}"
        )
        console.print(line)
        if one.fix:
            console.print(Text(f"        {one.fix.text}"))


def _as_json(stage: str, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "stage": stage,
        "severity": worst(findings),
        "findings": [_finding_as_json(one) for one in findings],
    }


def _finding_as_json(finding: Finding) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "severity": finding.severity,
        "subject": finding.subject,
        "says": finding.says,
    }
    if finding.fix:
        shown["command"] = finding.fix.text
    if isinstance(finding.fix, AwsCall):
        shown["call"] = {
            "service": finding.fix.service,
            "operation": finding.fix.operation,
            "parameters": finding.fix.parameters,
        }
    return shown
