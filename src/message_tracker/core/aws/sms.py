"""SMS by AWS End User Messaging (pinpoint-sms-voice-v2): one recipient, one call."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from message_tracker.core.aws.provider_errors import (
    Meaning,
    code_of,
    is_throttle,
    outcome_of,
    refusal,
    text_of,
    unmodelled,
)
from message_tracker.core.domain.message import (
    ATTEMPT_ID_TAG,
    MESSAGE_ID_TAG,
    Kind,
    OutboundText,
)
from message_tracker.core.domain.outcome import Accepted, OptedOut, Outcome, Throttled

if TYPE_CHECKING:
    from types_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client
    from types_boto3_pinpoint_sms_voice_v2.literals import MessageTypeType

# Every error that SendTextMessage models; `Reason` may overrule it.
# https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html
MEANINGS: Mapping[str, Meaning] = {
    "AccessDeniedException": Meaning.CHANNEL,
    "ConflictException": Meaning.CHANNEL,
    "InternalServerException": Meaning.PASSING,  # never asked: a server's fault is Unknown
    "ResourceNotFoundException": Meaning.CHANNEL,
    "ServiceQuotaExceededException": Meaning.CHANNEL,
    "ThrottlingException": Meaning.PASSING,  # never asked: it is Throttled
    "ValidationException": Meaning.MESSAGE,
}

# Conflicts are mostly with our configuration, and quotas the account's; invalid requests are so by
# the recipient or the text. These are the other way round.
REASONS: Mapping[str, Mapping[str, Meaning]] = {
    "ConflictException": {
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": Meaning.MESSAGE,
        "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": Meaning.MESSAGE,
        "DESTINATION_PHONE_NUMBER_NOT_VERIFIED": Meaning.PASSING,  # matters in the sandbox only
    },
    "ServiceQuotaExceededException": {"DAILY_DESTINATION_CALL_LIMIT": Meaning.PASSING},
    "ValidationException": {
        "CHANNEL_NOT_ENABLED": Meaning.CHANNEL,
        "INVALID_ARN": Meaning.CHANNEL,
        "RESOURCE_NOT_ACCESSIBLE": Meaning.CHANNEL,
    },
}
OPTED_OUT_REASON = "DESTINATION_PHONE_NUMBER_OPTED_OUT"

_MESSAGE_TYPES: Mapping[Kind, "MessageTypeType"] = {
    Kind.TRANSACTIONAL: "TRANSACTIONAL",
    Kind.MARKETING: "PROMOTIONAL",
}


class SmsTextProvider:
    """Sends by SendTextMessage; our ids travel as context.

    Args:
        client: of pinpoint-sms-voice-v2, without retries.
        origination_identity: phone number, sender ID or pool (id or ARN).
        configuration_set: whose event destinations tell what became of a message.
    """

    def __init__(
        self,
        client: "PinpointSMSVoiceV2Client",
        origination_identity: str,
        configuration_set: str,
    ) -> None:
        self._client = client
        self._origination_identity = origination_identity
        self._configuration_set = configuration_set

    def send(self, text: OutboundText) -> Outcome:
        """Call End User Messaging once and say what came of it."""
        try:
            response = self._client.send_text_message(
                DestinationPhoneNumber=text.recipient,
                OriginationIdentity=self._origination_identity,
                MessageBody=text.body,
                MessageType=_MESSAGE_TYPES[text.kind],
                ConfigurationSetName=self._configuration_set,
                Context={
                    MESSAGE_ID_TAG: str(text.message_id),
                    ATTEMPT_ID_TAG: str(text.attempt_id),
                },
            )
        except (BotoCoreError, ClientError) as error:
            return outcome_of(error, "sms", _answer)
        return Accepted(response["MessageId"])


def _answer(error: ClientError) -> Outcome:
    code, text, reason = code_of(error), text_of(error), _reason(error)
    if is_throttle(error):
        return Throttled(text or code)
    cause = f"sms/{reason or code}"
    if reason == OPTED_OUT_REASON:
        return OptedOut(cause, text)
    meaning = MEANINGS.get(code, unmodelled(code))
    return refusal(REASONS.get(code, {}).get(reason, meaning), cause, text)


def _reason(error: ClientError) -> str:
    # Beside `Error`, not in it: botocore puts an error's other members at the top level.
    return str(error.response.get("Reason", ""))
