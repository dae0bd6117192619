"""A function's start: it loads no library that it does not need, and reaches nobody."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from benchmarks import coldstart
from infra.bundling import SOURCES
from infra.host_runtime import HostRuntime

_PROGRAM = Path(__file__).with_name("asset_imports.py")
# Each costs a start as much as 100 modules of ours.
_HEAVY: Final = {
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.batch",
    "aws_lambda_powertools.utilities.data_classes",
    "aws_lambda_powertools.utilities.parser",
    "boto3",
    "cryptography",
    "email_validator",
    "jinja2",
    "phonenumbers",
    "pydantic",
    "s3transfer",
    "standardwebhooks",
}
_POWERTOOLS: Final = "aws_lambda_powertools."
_NEEDED: Final[Mapping[str, set[str]]] = {
    "api": {
        "pydantic",
        _POWERTOOLS + "event_handler",
        _POWERTOOLS + "utilities.data_classes",
    },
    "api.importer": {"pydantic"},
    "failed_message_reporter": {"jinja2"},
    "failed_message_reporter.analytics": {"jinja2"},
    "migrator": {"pydantic"},
    "webhook_dispatcher": {"standardwebhooks"},
}
_FUNCTIONS: Final = sorted(
    ".".join(path.parent.relative_to(SOURCES).parts) for path in SOURCES.rglob("handler.py")
)


@pytest.fixture(scope="module")
def runtime() -> HostRuntime:
    return HostRuntime()


def test_every_function_is_measured() -> None:
    assert sorted(coldstart.FUNCTIONS.values()) == _FUNCTIONS


@pytest.mark.parametrize("package", _FUNCTIONS)
def test_a_start_loads_only_the_heavy_libraries_it_needs_and_connects_to_nobody(
    runtime: HostRuntime, package: str
) -> None:
    handler = f"message_tracker.{package}.handler"

    done = runtime.run(_PROGRAM, [handler], coldstart.ENVIRONMENT)

    assert done.returncode == 0, done.stderr
    assert _HEAVY & set(done.stdout.split()) == _NEEDED.get(package, set())


def test_a_start_is_measured_over_boto3_with_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coldstart, "FUNCTIONS", {"sender": "sender"})

    measured = coldstart.run(quick=True)

    assert isinstance(measured["ratios"], dict)
    assert measured["ratios"].keys() == {"sender"}
    assert 0.5 < measured["ratios"]["sender"] < 5
