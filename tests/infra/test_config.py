"""How a stage's configuration is read, and what is said of a faulty one."""

from pathlib import Path

import pytest

from infra.config import InvalidConfiguration, StageConfig

VALID: dict[str, object] = {
    "email_from": "Shop <news@shop.test>",
    "report_recipients": ["ops@shop.test"],
    "text_origination_identity": "arn:aws:sms-voice:eu-west-1:123456789012:pool/pool-1",
}


def read(env_file: Path | None = None, stage: str = "dev", **fields: object) -> StageConfig:
    return StageConfig.read(stage, {stage: {**VALID, **fields}}, env_file)


def test_everything_in_a_stage_begins_with_its_name() -> None:
    assert read().name == "message-tracker-dev"


def test_cdk_json_alone_is_enough() -> None:
    assert read().email_from == "Shop <news@shop.test>"


def test_a_variable_overrules_cdk_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MT_EMAIL_FROM", "Other <o@shop.test>")

    assert read(tmp_path / ".env").email_from == "Other <o@shop.test>"


def test_the_env_file_overrules_cdk_json(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("MT_REPORT_RECIPIENTS=a@shop.test, b@shop.test\nMT_DATABASE_URL=ignored\n")

    assert read(env_file).report_recipients == ("a@shop.test", "b@shop.test")


def test_a_variable_overrules_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("MT_LOG_RETENTION_DAYS=7\n")
    monkeypatch.setenv("MT_EMAIL_PER_SECOND", "50")

    config = read(env_file, log_retention_days=90)

    assert (config.log_retention_days, config.email_per_second) == (7, 50.0)


def test_nothing_overrules_the_local_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MT_EMAIL_FROM", "Other <o@shop.test>")

    assert read(tmp_path / ".env", stage="local").email_from == "Shop <news@shop.test>"


def test_the_stage_is_the_one_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MT_STAGE", "prod")

    assert read(tmp_path / ".env").stage == "dev"


def test_an_unknown_stage_is_named_with_those_that_exist() -> None:
    with pytest.raises(InvalidConfiguration, match=r"'nope' is not in cdk\.json \(it has: dev\)"):
        StageConfig.read("nope", {"dev": VALID}, None)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email_from", "nobody", "must read: Name <name@domain>"),
        ("text_origination_identity", "+14255550100", "should match pattern"),
        ("report_recipients", [], "at least 1 item"),
        ("report_time_zone", "Mars/Olympus", "IANA time zone"),
        ("email_concurrency", 1, "greater than or equal to 2"),
        ("emial_from", "x@shop.test", "Extra inputs are not permitted"),
    ],
)
def test_a_fault_names_the_field_and_the_remedy(field: str, value: object, said: str) -> None:
    with pytest.raises(InvalidConfiguration) as raised:
        StageConfig.read("dev", {"dev": {**VALID, field: value}}, None)

    assert f"  {field}" in str(raised.value)
    assert said in str(raised.value)
    assert "context.stages.dev" in str(raised.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InvalidConfiguration, match=r"(?s)email_from.*email_concurrency"):
        read(email_from="nobody", email_concurrency=1)


def test_examples_are_told_from_a_teams_own_values() -> None:
    config = read(report_recipients=["ops@example.com"])

    assert config.examples() == ["report_recipients"]


def test_reports_come_from_the_senders_address_unless_they_have_their_own() -> None:
    assert read().from_of_reports == "Shop <news@shop.test>"
    assert read(report_from="Ops <o@shop.test>").from_of_reports == "Ops <o@shop.test>"


def test_the_secret_is_named_by_the_stage_unless_it_has_a_name() -> None:
    assert read().database_secret_name == "message-tracker/dev/database-url"
    assert read(database_secret="shared").database_secret_name == "shared"
