"""SES v2 as far as we need it: SendEmail, GetAccount, the suppression list, the setup.

Paths, members and errors follow the service model of botocore (`sesv2`, REST-JSON). An e-mail
without a configuration set is sent, but publishes no event: as at SES.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from message_tracker.local.twin.accepted import Accepted
from message_tracker.local.twin.email_outcomes import email_outcome
from message_tracker.local.twin.exchange import AwsError, Request, Response, json_response
from message_tracker.local.twin.post_office import CallFailed, CallThrottled, PostOffice
from message_tracker.local.twin.publication import ProviderEvent
from message_tracker.local.twin.ses_call import accepted_email
from message_tracker.local.twin.ses_events import ses_events
from message_tracker.local.twin.ses_setup import SesSetup
from message_tracker.local.twin.ses_templates import TEMPLATES_PATH, SesTemplates
from message_tracker.local.twin.suppression_lists import SES_PATH, SesSuppressions


class Ses:
    """Answers the requests below `/v2/email/`."""

    def __init__(
        self,
        post_office: PostOffice,
        *,
        setup: SesSetup,
        configuration_sets: frozenset[str],
        max_send_rate: float,
        send_after: float,
        outcome_after: float,
    ) -> None:
        self._post_office = post_office
        self._configuration_sets = configuration_sets
        self._max_send_rate = max_send_rate
        self._send_after = send_after
        self._outcome_after = outcome_after
        self._suppressions = SesSuppressions()
        self._setup = setup
        self._templates = SesTemplates()

    def answer(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            AwsError: as SES would.
        """
        if request.path.startswith(SES_PATH):
            return self._suppressions.answer(request)
        if request.path.startswith(TEMPLATES_PATH):
            return self._templates.answer(request)
        if self._setup.knows(request.path):
            return self._setup.answer(request)
        match request.method, request.path:
            case "POST", "/v2/email/outbound-emails":
                return self._send_email(request.json())
            case "GET", "/v2/email/account":
                return self._account()
            case method, path:
                raise AwsError(404, "NotFoundException", f"the twin has no {method} {path}")

    def _send_email(self, call: Mapping[str, Any]) -> Response:
        filled = self._templates.fill(call.get("Content") or {})
        email = replace(
            accepted_email({**call, "Content": filled.content}),
            template_name=filled.template_name,
            rendering_failure=filled.failure,
        )
        self._check_configuration_set(email)
        outcomes = [email_outcome(recipient) for recipient in email.recipients]
        if any(outcome.is_refused for outcome in outcomes):
            raise AwsError(400, "MessageRejected", "Email address is not verified.")
        try:
            is_lost = self._post_office.take(email, self._events(email))
        except CallThrottled as error:
            text = "Maximum sending rate exceeded."
            raise AwsError(429, "TooManyRequestsException", text) from error
        except CallFailed as error:
            raise AwsError(500, "InternalFailure", "Service failure.") from error
        is_lost = is_lost or any(outcome.loses_response for outcome in outcomes)
        return json_response({"MessageId": email.provider_message_id}, is_lost=is_lost)

    def _events(self, email: Accepted) -> Iterator[ProviderEvent]:
        if email.configuration_set:
            yield from ses_events(
                email, send_after=self._send_after, outcome_after=self._outcome_after
            )

    def _check_configuration_set(self, email: Accepted) -> None:
        name = email.configuration_set
        if name and name not in self._configuration_sets:
            known = ", ".join(sorted(self._configuration_sets)) or "none"
            text = f"Configuration set <{name}> does not exist. The twin knows: {known}."
            raise AwsError(404, "NotFoundException", text)

    def _account(self) -> Response:
        quota = {
            "Max24HourSend": 50_000.0,
            "MaxSendRate": self._max_send_rate,
            "SentLast24Hours": float(len(self._post_office.inbox.messages())),
        }
        return json_response(
            {
                "SendQuota": quota,
                "SendingEnabled": self._setup.sending_enabled,
                "ProductionAccessEnabled": True,
                "EnforcementStatus": "HEALTHY",
                "DedicatedIpAutoWarmupEnabled": False,
                "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
            }
        )
