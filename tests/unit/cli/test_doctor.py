"""How the doctor goes about it: all at once, in bounded time, whatever does not answer."""

import json
import threading

import pytest
from typer.testing import CliRunner

from message_tracker.cli import doctor, examination
from message_tracker.cli.main import program
from message_tracker.core.domain.doctor.check import Check
from message_tracker.core.domain.doctor.finding import AwsCall, Finding, Severity
from message_tracker.core.domain.errors import ConfigurationFault

CALL = AwsCall("events", "EnableRule", {"Name": "r"})
NO_ANSWER = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up credentials, and nobody's own configuration."""
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def one(severity: Severity) -> Finding:
    fix = None if severity is Severity.PASS else CALL
    return Finding(severity, "rule r", "as it is", fix)


def test_a_check_that_hangs_hides_no_other() -> None:
    over = threading.Event()

    def hang() -> int:
        over.wait(30)
        return 0

    slow: Check[int] = Check("slow", hang, lambda _: [])
    quick: Check[int] = Check("quick", lambda: 1, lambda _: [one(Severity.PASS)])
    findings = examination.run([slow, quick, slow], patience_seconds=0.2)
    over.set()

    assert [Severity.UNKNOWN, Severity.PASS, Severity.UNKNOWN] == [
        each.severity for each in findings
    ]
    assert "no answer within 0.2 s" == findings[0].says


@pytest.mark.parametrize(
    ("severity", "lenient", "strict"),
    [
        (Severity.PASS, 0, 0),
        (Severity.UNKNOWN, 0, 1),
        (Severity.WARN, 0, 1),
        (Severity.FAIL, 2, 2),
    ],
)
def test_the_exit_code_is_the_worst_findings(
    monkeypatch: pytest.MonkeyPatch, severity: Severity, lenient: int, strict: int
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda *_: [one(Severity.PASS), one(severity)])

    codes = [
        CliRunner().invoke(program, ["doctor", *options]).exit_code
        for options in ([], ["--strict"])
    ]

    assert [lenient, strict] == codes


def test_a_command_is_printed_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    call = AwsCall("events", "EnableRule", {"Name": "r" * 300})
    monkeypatch.setattr(
        doctor, "examine", lambda *_: [Finding(Severity.FAIL, "rule [r]", "off", call)]
    )

    lines = CliRunner().invoke(program, ["doctor"]).output.splitlines()

    assert "fail    rule [r]: off" == lines[0].rstrip()
    assert f"        {call.text}" == lines[1].rstrip()


def test_the_json_has_the_call_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "examine", lambda *_: [one(Severity.WARN)])

    answer = json.loads(CliRunner().invoke(program, ["doctor", "--json"]).output)

    assert "warn" == answer["severity"]
    assert answer["findings"][0] == {
        "severity": "warn",
        "subject": "rule r",
        "says": "as it is",
        "command": "aws events enable-rule --name r",
        "call": {"service": "events", "operation": "EnableRule", "parameters": {"Name": "r"}},
    }


def test_a_missing_region_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    result = CliRunner().invoke(program, ["doctor"])

    assert isinstance(result.exception, ConfigurationFault)
    assert "AWS_REGION" in str(result.exception)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """An AWS whose every service refuses the connection, and a Postgres that does too."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", NO_ANSWER)
    monkeypatch.setenv("MT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")


@pytest.mark.usefixtures("nowhere")
def test_what_does_not_answer_is_told_line_by_line() -> None:
    result = CliRunner().invoke(program, ["doctor", "--json"])

    found = {each["subject"]: each["severity"] for each in json.loads(result.output)["findings"]}
    assert 2 == result.exit_code
    assert found == {
        "stack": "unknown",
        "database": "fail",
        "SES account": "unknown",
        "SMS spend limit": "unknown",
        "SMS sandbox": "unknown",
        "clock": "pass",
    }
