"""SMS voice v2 as far as we need it: SendTextMessage, the opt-out list, the setup.

Target, members and errors follow the service model of botocore (`pinpoint-sms-voice-v2`, JSON 1.0).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import phonenumbers

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.segments import count_segments
from message_tracker.local.twin.accepted import Accepted
from message_tracker.local.twin.exchange import AwsError, Request, Response, json_response
from message_tracker.local.twin.post_office import CallFailed, CallThrottled, PostOffice
from message_tracker.local.twin.sms_events import sms_events
from message_tracker.local.twin.sms_setup import SmsSetup
from message_tracker.local.twin.suppression_lists import OPT_OUT_OPERATIONS, OptOuts
from message_tracker.local.twin.text_outcomes import text_outcome

TARGET: Final = "PinpointSMSVoiceV2"

_NUMBER: Final = re.compile(r"\+?[1-9][0-9]{1,18}")
_CONTEXT_KEY: Final = re.compile(r"\S{1,100}")
_MAX_BODY: Final = 1600
_MAX_CONTEXT: Final = 5
_MAX_CONTEXT_VALUE: Final = 800
_TTL_SECONDS: Final = range(5, 259_201)
_MESSAGE_TYPES: Final = ("TRANSACTIONAL", "PROMOTIONAL")
_ORIGINATION_NUMBER: Final = "+12065550100"
_STATUS: Final = {"InternalServerException": 500}


class Sms:
    """Answers the requests whose target is `PinpointSMSVoiceV2`."""

    def __init__(
        self,
        post_office: PostOffice,
        *,
        setup: SmsSetup,
        configuration_sets: frozenset[str],
        queued_after: float,
        outcome_after: float,
    ) -> None:
        self._post_office = post_office
        self._configuration_sets = configuration_sets
        self._queued_after = queued_after
        self._outcome_after = outcome_after
        self._opt_outs = OptOuts()
        self._setup = setup

    def answer(self, operation: str, request: Request) -> Response:
        """Answer one request.

        Raises:
            AwsError: as AWS would.
        """
        if operation in OPT_OUT_OPERATIONS:
            return self._opt_outs.answer(operation, request)
        if operation in SmsSetup.OPERATIONS:
            return self._setup.answer(operation, request.json())
        if operation != "SendTextMessage":
            raise AwsError(400, "UnknownOperationException", f"the twin has no {operation}")
        text = accepted_text(request.json())
        self._check_configuration_set(text)
        outcome = text_outcome(text.recipients[0])
        if outcome.refusal is not None:
            raise _error(outcome.refusal.code, "refused by this number", outcome.refusal.reason)
        events = sms_events(
            text, queued_after=self._queued_after, outcome_after=self._outcome_after
        )
        try:
            is_lost = self._post_office.take(text, events)
        except CallThrottled as error:
            raise _error("ThrottlingException", "Rate exceeded") from error
        except CallFailed as error:
            raise _error("InternalServerException", "Internal server error") from error
        is_lost = is_lost or outcome.loses_response
        return json_response({"MessageId": text.provider_message_id}, is_lost=is_lost)

    def _check_configuration_set(self, text: Accepted) -> None:
        name = text.configuration_set
        if name and name not in self._configuration_sets:
            known = ", ".join(sorted(self._configuration_sets)) or "none"
            raise AwsError(
                400,
                "ResourceNotFoundException",
                f"The configuration set {name} does not exist. The twin knows: {known}.",
                ResourceType="configuration-set",
                ResourceId=name,
            )


def accepted_text(call: Mapping[str, Any]) -> Accepted:
    """Return the message of a SendTextMessage call.

    Raises:
        AwsError: ValidationException with the member that is at fault.
    """
    body = call.get("MessageBody") or ""
    if not 1 <= len(body) <= _MAX_BODY or not body.strip():
        raise _invalid("MessageBody", f"must have 1 to {_MAX_BODY} characters, not all blank")
    message_type = call.get("MessageType") or "TRANSACTIONAL"
    if message_type not in _MESSAGE_TYPES:
        raise _invalid("MessageType", f"must be one of {', '.join(_MESSAGE_TYPES)}")
    if call.get("TimeToLive", _TTL_SECONDS.start) not in _TTL_SECONDS:
        raise _invalid("TimeToLive", "must be 5 to 259200 seconds")
    return Accepted(
        channel=Channel.TEXT,
        provider_message_id=str(uuid4()),
        accepted_at=datetime.now(UTC),
        sender=call.get("OriginationIdentity") or _ORIGINATION_NUMBER,
        recipients=(_number(call.get("DestinationPhoneNumber") or ""),),
        text=body,
        tags=_context(call.get("Context") or {}),
        configuration_set=call.get("ConfigurationSetName") or "",
        segments=count_segments(body),
        message_type=message_type,
    )


def _number(given: str) -> str:
    """Return the destination in E.164, with its plus sign."""
    if not _NUMBER.fullmatch(given):
        raise _invalid("DestinationPhoneNumber", f"must match {_NUMBER.pattern}")
    number = f"+{given.removeprefix('+')}"
    try:
        phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        text = "DestinationPhoneNumber could not be parsed"
        raise _error("ValidationException", text, "CANNOT_PARSE") from error
    return number


def _context(given: Mapping[str, str]) -> dict[str, str]:
    if len(given) > _MAX_CONTEXT:
        raise _invalid("Context", f"has {len(given)} entries; {_MAX_CONTEXT} are allowed")
    for key, value in given.items():
        if not _CONTEXT_KEY.fullmatch(key) or len(value) > _MAX_CONTEXT_VALUE:
            raise _invalid("Context", "keys: 1 to 100 characters, no blank; values: 800 at most")
    return dict(given)


def _invalid(member: str, text: str) -> AwsError:
    return AwsError(
        400,
        "ValidationException",
        f"{member} {text}",
        Reason="FIELD_VALIDATION_FAILED",
        Fields=[{"Name": member, "Message": text}],
    )


def _error(code: str, text: str, reason: str | None = None) -> AwsError:
    members = {"Reason": reason} if reason else {}
    return AwsError(_STATUS.get(code, 400), code, text, **members)
