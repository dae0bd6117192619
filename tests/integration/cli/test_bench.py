"""`message-tracker bench`: the benchmarks of a checkout, as JSON."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from message_tracker.cli.main import program
from message_tracker.core.domain.errors import ConfigurationFault

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_the_benchmarks_are_listed_without_what_they_share() -> None:
    listed = CliRunner().invoke(program, ["bench", "list"]).output.split()

    assert "segments" in listed
    assert "figures" not in listed


def test_a_benchmark_prints_one_json_object_of_plain_numbers() -> None:
    output = CliRunner().invoke(program, ["bench", "segments", "--quick", "--json"]).output

    report = json.loads(output)
    assert {"benchmark", "conditions", "figures", "ratios"} == report.keys()
    assert report["ratios"]["over_smsutil"] > 1


def test_an_unknown_benchmark_is_refused_and_the_known_are_named() -> None:
    refused = CliRunner().invoke(program, ["bench", "nothing"])

    assert isinstance(refused.exception, ConfigurationFault)
    assert "segments" in str(refused.exception)


def test_outside_a_checkout_there_is_nothing_to_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    refused = CliRunner().invoke(program, ["bench", "segments"])

    assert "checkout" in str(refused.exception)
