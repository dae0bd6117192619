"""What stands between a fresh clone and an AWS account."""

from pathlib import Path

import pytest

from infra import deploy
from infra.cdk_cli import DeploymentFailed, cdk
from infra.config import InvalidConfiguration
from infra.deploy import deployable_config

OWN = {
    "MT_EMAIL_FROM": "Shop <news@shop.test>",
    "MT_REPORT_RECIPIENTS": "ops@shop.test",
    "MT_TEXT_ORIGINATION_IDENTITY": "arn:aws:sms-voice:eu-west-1:123456789012:pool/pool-1",
}


@pytest.fixture
def own_values(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OWN.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_values: None) -> list[str]:
    """What was done, in order; each command of the CDK CLI succeeds."""
    done: list[str] = []

    def cdk(command: str, assembly: Path, *arguments: str) -> None:
        done.append(command)
        if "--outputs-file" in arguments:
            outputs = Path(arguments[arguments.index("--outputs-file") + 1])
            outputs.parent.mkdir(parents=True, exist_ok=True)
            outputs.write_text('{"message-tracker-dev": {"ApiUrl": "https://x/"}}')

    monkeypatch.setattr(deploy, "ROOT", tmp_path)
    monkeypatch.setattr(deploy, "synthesize", lambda stage, out: out)
    monkeypatch.setattr(deploy, "cdk", cdk)
    return done


def test_the_examples_of_cdk_json_are_not_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OWN:
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(InvalidConfiguration, match=r"(?s)examples.*email_from: MT_EMAIL_FROM"):
        deployable_config("dev")


def test_the_local_stage_is_not_deployed() -> None:
    with pytest.raises(InvalidConfiguration, match="make up"):
        deployable_config("local")


@pytest.mark.usefixtures("own_values")
def test_a_stage_with_its_own_values_is_deployable() -> None:
    assert deployable_config("dev").name == "message-tracker-dev"


def test_an_account_is_prepared_before_the_stack_is_deployed(steps: list[str]) -> None:
    outputs = deploy.deploy("dev", approved=True)

    assert steps == ["bootstrap", "deploy"]
    assert outputs == {"ApiUrl": "https://x/"}


def test_a_machine_without_npx_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)

    with pytest.raises(DeploymentFailed, match=r"Node\.js"):
        cdk("deploy", tmp_path)
