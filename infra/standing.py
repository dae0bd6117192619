"""What AWS lets the account do by now; a new one may send to verified recipients only."""

from collections.abc import Callable
from dataclasses import dataclass

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.config import StageConfig

_BRIEF = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})


@dataclass(frozen=True, slots=True)
class Standing:
    """None is what could not be asked."""

    identity_is_verified: bool | None = None
    email_is_open: bool | None = None
    text_is_open: bool | None = None


def standing(config: StageConfig) -> Standing:
    """Return how the account stands with which a stage sends; never raises for AWS' answer."""
    region = config.region or None
    mail = boto3.client("sesv2", config=_BRIEF, region_name=region)
    text = boto3.client("pinpoint-sms-voice-v2", config=_BRIEF, region_name=region)

    def is_verified() -> bool:
        found = mail.get_email_identity(EmailIdentity=config.email_identity_name)
        return found["VerifiedForSendingStatus"]

    def is_text_open() -> bool:
        attributes = text.describe_account_attributes()["AccountAttributes"]
        return {"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"} in attributes

    return Standing(
        identity_is_verified=_asked(is_verified, absent=False),
        email_is_open=_asked(lambda: mail.get_account()["ProductionAccessEnabled"]),
        text_is_open=_asked(is_text_open),
    )


def _asked(question: Callable[[], bool], *, absent: bool | None = None) -> bool | None:
    try:
        return question()
    except ClientError as error:
        return absent if error.response["Error"].get("Code") == "NotFoundException" else None
    except BotoCoreError:
        return None
