"""Nothing is removed that a person did not mean."""

from pathlib import Path

import pytest

from infra import destroy
from infra.cdk_cli import DeploymentFailed
from infra.config import InvalidConfiguration
from infra.destroy import told


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The commands of the CDK CLI, none of which is run."""
    done: list[tuple[str, ...]] = []

    def cdk(command: str, assembly: Path, *arguments: str) -> None:
        done.append((command, *arguments))

    for name, value in {
        "MT_EMAIL_FROM": "Shop <news@shop.test>",
        "MT_REPORT_RECIPIENTS": "ops@shop.test",
        "MT_TEXT_ORIGINATION_IDENTITY": "arn:aws:sms-voice:eu-west-1:123456789012:pool/pool-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(destroy, "cdk", cdk)
    monkeypatch.setattr(destroy, "synthesize", lambda stage, out: out)
    monkeypatch.setattr(destroy, "leftovers", lambda _: [])
    monkeypatch.setattr(destroy, "stack_exists", lambda _: False)
    return done


def test_the_cli_asks_unless_it_was_approved(commands: list[tuple[str, ...]]) -> None:
    destroy.destroy("dev", approved=False, deletes_data=False)
    destroy.destroy("dev", approved=True, deletes_data=False)

    assert commands == [("destroy",), ("destroy", "--force")]


def test_data_is_deleted_only_when_the_stack_was_named(
    commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "message-tracker-prod")
    with pytest.raises(DeploymentFailed, match="nothing was removed"):
        destroy.destroy("dev", approved=False, deletes_data=True)

    monkeypatch.setattr("builtins.input", lambda _: "message-tracker-dev")
    destroy.destroy("dev", approved=False, deletes_data=True)

    assert commands == [("destroy", "--force")]


def test_the_local_stage_is_not_destroyed(commands: list[tuple[str, ...]]) -> None:
    with pytest.raises(InvalidConfiguration, match="make up"):
        destroy.destroy("local", approved=True, deletes_data=True)

    assert commands == []


def test_nothing_left_is_said_too() -> None:
    assert "Nothing is left" in told([])
