"""How a stage's configuration is read, and what is said of a faulty one."""

from pathlib import Path

import pytest

from infra.config import InvalidConfiguration, StageConfig
from message_tracker.core.domain.message import Channel

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
        ("email_from", "Shop <news@shop>", "must read: Name <name@domain>"),
        ("report_recipients", ["ops@shop.test", "nobody"], "'nobody' is no e-mail address"),
        ("alarm_recipients", ["ops@@shop.test"], "'ops@@shop.test' is no e-mail address"),
        ("unsubscribe_mailto", "Shop <u@shop.test>", "write name@domain alone"),
        ("text_origination_identity", "+14255550100", "must be the ARN of a phone number"),
        ("email_per_second", 0, "greater than 0"),
        ("text_segments_per_second", 0, "greater than 0"),
        ("api_requests_per_second", 0, "greater than or equal to 1"),
        ("archive_buffer_mebibytes", 129, "less than or equal to 128"),
        ("email_identity", "https://shop.test", "must be a domain's name"),
        ("email_identity", "other.test", "cannot sign for shop.test"),
        ("email_mail_from_domain", "bounce.shop.test", "set creates_email_identity too"),
        ("api_domain", "mail.shop.test/api", "must be a domain's name"),
        ("kms_key_arn", "arn:aws:kms:eu-west-1:123456789012:alias/mine", "not of an alias"),
        ("api_certificate_arn", "arn:aws:acm:certificate/1", "must be the ARN of a certificate"),
        ("account", "1234", "must be the 12 digits of an AWS account"),
        ("region", "Frankfurt", "must be a region's name, as eu-central-1"),
        ("canary_minutes", 3, "must be 0 for never, or 5 and more"),
        ("runbook_url", "docs/operations.md", "should match pattern"),
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


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("email_from", "email_from: is missing: .* or leave email out of channels"),
        ("text_origination_identity", "text_origination_identity: is missing: .* leave text out"),
    ],
)
def test_a_channel_needs_who_sends_by_it(field: str, said: str) -> None:
    with pytest.raises(InvalidConfiguration, match=said):
        StageConfig.read("dev", {"dev": {**VALID, field: ""}}, None)


def test_a_channel_that_is_off_needs_nothing() -> None:
    del_text = {name: value for name, value in VALID.items() if not name.startswith("text_")}

    config = StageConfig.read("dev", {"dev": {**del_text, "channels": "email"}}, None)

    assert (config.sends(Channel.EMAIL), config.sends(Channel.TEXT)) == (True, False)
    assert config.of_channels("email_per_second", "text_rate_mode") == {"email_per_second": 14.0}


def test_reports_are_mailed_also_where_no_message_is() -> None:
    stage = {"dev": {**VALID, "channels": ["text"], "email_from": ""}}

    with pytest.raises(InvalidConfiguration, match="report_from: is missing: reports go by e-mail"):
        StageConfig.read("dev", stage, None)


@pytest.mark.parametrize("channels", ["", "email,fax"])
def test_there_are_two_channels_to_choose_from(channels: str) -> None:
    with pytest.raises(InvalidConfiguration, match=r"channels.*: .*email"):
        StageConfig.read("dev", {"dev": {**VALID, "channels": channels}}, None)


def test_examples_of_a_channel_that_is_off_are_none() -> None:
    example = "arn:aws:sms-voice:us-east-1:111122223333:pool/pool-1"
    stage = {**VALID, "text_origination_identity": example}

    both = StageConfig.read("dev", {"dev": stage}, None)
    email = StageConfig.read("dev", {"dev": {**stage, "channels": "email"}}, None)

    assert (both.examples(), email.examples()) == (["text_origination_identity"], [])


def test_what_a_stage_uses_lies_where_the_stage_does() -> None:
    arn = "arn:aws:sms-voice:us-east-1:111111111111:pool/pool-1"

    with pytest.raises(InvalidConfiguration) as raised:
        read(text_origination_identity=arn, account="222222222222", region="eu-central-1")

    told = str(raised.value)
    assert "text_origination_identity: lies in us-east-1, not eu-central-1" in told
    assert "text_origination_identity: is of account 111111111111, not 222222222222" in told


def test_a_stage_that_says_where_it_belongs_is_read() -> None:
    arn = "arn:aws:sms-voice:eu-central-1:111111111111:pool/pool-1"

    found = read(text_origination_identity=arn, account="111111111111", region="eu-central-1")

    assert (found.account, found.region) == ("111111111111", "eu-central-1")


def test_a_domain_without_a_certificate_is_a_fault() -> None:
    with pytest.raises(InvalidConfiguration, match=r"api_certificate_arn: api\.shop\.test needs"):
        read(api_domain="api.shop.test")


def test_a_certificate_without_a_domain_is_a_fault() -> None:
    with pytest.raises(InvalidConfiguration, match="api_domain: a certificate is named"):
        read(api_certificate_arn="arn:aws:acm:us-east-1:123456789012:certificate/1")


def test_the_gateways_own_name_is_no_domain_of_a_teams() -> None:
    with pytest.raises(InvalidConfiguration, match=r"api_domain: .* is of AWS' own"):
        read(
            api_domain="abc.execute-api.us-east-1.amazonaws.com",
            api_certificate_arn="arn:aws:acm:us-east-1:123456789012:certificate/1",
        )


def test_the_mail_from_domain_lies_below_the_identity() -> None:
    with pytest.raises(InvalidConfiguration, match="must lie below the identity"):
        read(creates_email_identity=True, email_mail_from_domain="shop.test")


def test_a_key_is_made_or_given() -> None:
    arn = "arn:aws:kms:eu-west-1:123456789012:key/1a2b3c4d-0000-4000-8000-1a2b3c4d5e6f"

    with pytest.raises(InvalidConfiguration, match="kms_key_arn: names a key, and creates_kms_key"):
        read(creates_kms_key=True, kms_key_arn=arn)


def test_snap_start_and_provisioned_concurrency_exclude_each_other() -> None:
    with pytest.raises(InvalidConfiguration, match="api_snap_start: a function has either"):
        read(api_snap_start=True, api_provisioned_concurrency=1)


def test_contradictions_are_named_all_at_once() -> None:
    with pytest.raises(InvalidConfiguration, match=r"(?s)email_identity: .*api_snap_start: "):
        read(email_identity="other.test", api_snap_start=True, api_provisioned_concurrency=1)


def test_an_identity_above_the_senders_domain_signs_for_it() -> None:
    config = read(email_from="Shop <news@mail.shop.test>", email_identity="shop.test")

    assert config.email_identity_name == "shop.test"
    assert config.identity_of("ops@other.test") == "other.test"


def test_links_lead_to_the_apis_domain_or_to_a_public_url() -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    named = read(api_domain="api.shop.test", api_certificate_arn=arn)

    assert named.public_base == "https://api.shop.test"
    assert read(public_url="https://cdn.shop.test").public_base == "https://cdn.shop.test"
    assert read().public_base == ""


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
    assert read(database="url", database_secret="shared").database_secret_name == "shared"
