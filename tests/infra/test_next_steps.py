"""What a deployment says of what comes next, and how it knows what is done."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from infra.config import StageConfig
from infra.next_steps import next_steps
from infra.standing import Standing, standing
from message_tracker.core.domain.message import Channel

OUTPUTS = {
    "ApiUrl": "https://abc.execute-api.eu-west-1.amazonaws.com/",
    "DatabaseSecret": "message-tracker/dev/database-url",
}
RECORD = "one._domainkey.shop.test. CNAME one.dkim.amazonses.com."
CONFIG = StageConfig(
    stage="dev",
    email_from="Shop <news@shop.test>",
    report_recipients=("ops@shop.test",),
    text_origination_identity="arn:aws:sms-voice:eu-west-1:123456789012:pool/pool-1",
)
ALL_DONE = Standing(identity_is_verified=True, email_is_open=True, text_is_open=True)


def step(number: int, standing: Standing = ALL_DONE, **outputs: str) -> str:
    told = next_steps(CONFIG, {**OUTPUTS, **outputs}, standing)
    after = told[told.index(f"\n{number}. ") :]
    return after.split("\n\n")[0]


def test_what_is_done_is_said_to_be() -> None:
    assert step(1).endswith("shop.test: done")
    assert step(2).endswith(": done")


def test_the_records_of_an_identity_that_the_stack_makes_are_listed() -> None:
    told = step(1, Standing(identity_is_verified=False), EmailDkimRecord1=RECORD)

    assert RECORD in told
    assert "done" not in told


def test_an_identity_that_is_nowhere_is_made_by_hand() -> None:
    told = step(1, Standing(identity_is_verified=False))

    assert "create-email-identity --email-identity shop.test" in told


@pytest.mark.parametrize(
    ("email", "text", "said", "unsaid"),
    [
        (True, False, "(SMS)", "put-account-details"),
        (False, True, "(e-mail)", "support create-case"),
        (None, None, "(e-mail and SMS)", ": done"),
    ],
)
def test_only_the_sandbox_that_holds_is_to_be_left(
    email: bool | None, text: bool | None, said: str, unsaid: str
) -> None:
    told = step(2, Standing(True, email, text))

    assert said in told
    assert unsaid not in told


def test_the_canary_can_be_pasted() -> None:
    told = step(3)

    assert "MT_STAGE=dev MT_DATABASE_SECRET_ARN=message-tracker/dev/database-url" in told
    assert "MT_API_URL=https://abc.execute-api.eu-west-1.amazonaws.com\n" in told
    assert told.index("message-tracker doctor") < told.index("message-tracker canary")


def test_the_third_step_says_where_aurora_is() -> None:
    told = step(3, DatabaseEndpoint="db.x.rds.amazonaws.com:5432/m")

    assert "export MT_DATABASE_ENDPOINT=db.x.rds.amazonaws.com:5432/m" in told
    assert "MT_DATABASE_ENDPOINT" not in step(3)


def test_all_outputs_stand_above() -> None:
    told = next_steps(CONFIG, OUTPUTS, ALL_DONE)

    assert told.startswith("  ApiUrl = https://abc")


class Aws:
    """Answers as SES and End User Messaging SMS do; an error is raised."""

    def __init__(self, *, verified: bool | Exception, opened: bool, tier: str | Exception) -> None:
        self._verified, self._opened, self._tier = verified, opened, tier

    def get_email_identity(self, EmailIdentity: str) -> Mapping[str, Any]:  # noqa: N803 - AWS' own
        assert EmailIdentity == "shop.test"
        return {"VerifiedForSendingStatus": _or_raised(self._verified)}

    def get_account(self) -> Mapping[str, Any]:
        return {"ProductionAccessEnabled": self._opened}

    def describe_account_attributes(self) -> Mapping[str, Any]:
        return {"AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": _or_raised(self._tier)}]}


def _or_raised(value: object) -> object:
    if isinstance(value, Exception):
        raise value
    return value


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Any")


@pytest.mark.parametrize(
    ("aws", "expected"),
    [
        (Aws(verified=True, opened=True, tier="PRODUCTION"), ALL_DONE),
        (Aws(verified=False, opened=False, tier="SANDBOX"), Standing(False, False, False)),
        (
            Aws(verified=refused("NotFoundException"), opened=True, tier=NoCredentialsError()),
            Standing(False, True, None),
        ),
        (
            Aws(verified=refused("AccessDeniedException"), opened=True, tier="PRODUCTION"),
            Standing(None, True, True),
        ),
    ],
)
def test_what_aws_does_not_tell_is_not_known(
    aws: Aws, expected: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("boto3.client", lambda *_, **__: aws)

    assert standing(CONFIG) == expected


def test_a_stage_that_only_texts_is_tried_by_a_text() -> None:
    config = CONFIG.model_copy(update={"channels": (Channel.TEXT,)})

    told = next_steps(config, OUTPUTS, ALL_DONE)

    assert "message-tracker canary --channel text " in told
    assert '{"to": "+14254147755", "message": "Hi"}' in told
