"""Whatever failed, the report says what it means and what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.aws import ses, sms
from message_tracker.core.domain.advice import DEAD_LETTER, KNOWN_CAUSES, Fixer, advise
from message_tracker.core.domain.advice.generic import GENERIC_ADVICE
from message_tracker.core.domain.cause import OwnCause, suppressed
from message_tracker.core.domain.events.sms import STATUSES
from message_tracker.core.domain.status import MessageStatus

# Amazon SES developer guide, "Contents of event data", bounce types and complaint feedback types.
BOUNCES = {
    "Undetermined": ["Undetermined"],
    "Permanent": [
        "General",
        "NoEmail",
        "Suppressed",
        "OnAccountSuppressionList",
        "OnTenantSuppressionList",
        "EmailValidationSuppressed",
        "UnsubscribedRecipient",
    ],
    "Transient": [
        "General",
        "MailboxFull",
        "MessageTooLarge",
        "CustomTimeoutExceeded",
        "ContentRejected",
        "AttachmentRejected",
    ],
}
COMPLAINTS = ["abuse", "auth-failure", "fraud", "other", "virus", "OnAccountSuppressionList"]

FROM_EVENTS = [
    *(f"Bounce/{kind}/{sub}" for kind, subs in BOUNCES.items() for sub in subs),
    *(f"Complaint/{kind}" for kind in COMPLAINTS),
    "Reject/Bad content",
    "Rendering Failure",
    *(str(kind) for kind, status in STATUSES.items() if status is MessageStatus.UNDELIVERED),
]
FROM_CALLS = [
    *(f"ses/{code}" for code in ses.MEANINGS if code != "TooManyRequestsException"),
    "ses/DailyMessageQuotaExceeded",
    "ses/EmailAddressNotVerified",
    "ses/TemplateDoesNotExist",
    *(f"sms/{reason}" for reason in sms.REASONS["ConflictException"]),
    f"sms/{sms.OPTED_OUT_REASON}",
    "ses/ParamValidation",
    "sms/ParamValidation",
]
OUR_OWN = [
    *map(str, OwnCause),
    *map(suppressed, ("BOUNCE", "COMPLAINT", "OPT_OUT", "UNSUBSCRIBE", "MANUAL")),
    DEAD_LETTER,
]


@pytest.mark.parametrize("cause", [*FROM_EVENTS, *FROM_CALLS, *OUR_OWN])
def test_every_cause_we_know_of_has_advice_of_its_own(cause: str) -> None:
    assert cause in KNOWN_CAUSES


@pytest.mark.parametrize("cause", sorted(KNOWN_CAUSES) + sorted(GENERIC_ADVICE))
def test_advice_is_two_plain_sentences_and_someone_who_can_act(cause: str) -> None:
    advice = advise(cause)

    assert advice.meaning.endswith(".")
    assert advice.remedy.endswith(".")
    assert len(advice.meaning) <= 110
    assert len(advice.remedy) <= 110
    assert advice.fixer in Fixer


@pytest.mark.parametrize(
    ("cause", "prefix"),
    [
        ("Bounce/Permanent/Invented", "Bounce/Permanent"),
        ("Bounce/Transient", "Bounce/Transient"),
        ("Bounce/Invented/General", "Bounce"),
        ("Complaint", "Complaint"),
        ("TEXT_INVENTED", "TEXT_"),
        ("ses/InventedException", "ses/"),
        ("sms/INVENTED_REASON", "sms/"),
        ("transport/EndpointConnectionError", "transport/"),
        ("suppression/INVENTED", "suppression/"),
        ("sender/Invented", "sender/"),
        ("invented", ""),
        ("", ""),
    ],
)
def test_an_unknown_cause_gets_the_advice_of_its_kind(cause: str, prefix: str) -> None:
    assert GENERIC_ADVICE[prefix] == advise(cause)


@given(st.text())
def test_there_is_advice_on_anything(cause: str) -> None:
    assert advise(cause).remedy
