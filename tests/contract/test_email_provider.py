import base64
from collections.abc import Callable
from dataclasses import replace
from email.header import decode_header, make_header
from email.headerregistry import Address
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ConnectTimeoutError, NoCredentialsError, SSLError
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.aws.clients import PROVIDER, email_client
from message_tracker.core.aws.ses import MEANINGS, SesEmailProvider, encode_mailbox
from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import (
    Attachment,
    AttemptId,
    Disposition,
    HostedTemplate,
    MessageId,
    OutboundEmail,
    Personal,
)
from message_tracker.core.domain.outcome import (
    Accepted,
    ChannelFault,
    Outcome,
    Refused,
    Throttled,
    Unknown,
)
from message_tracker.core.ports import EmailProvider
from tests.contract.provider_stub import Answer, ProviderStub, refusal
from tests.fakes import FakeEmailProvider

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

FROM = "sender@example.com"
SET = "message-tracker-test"


def an_email(**changes: Any) -> OutboundEmail:  # noqa: ANN401 - any field's value
    return OutboundEmail(
        **{
            "message_id": MessageId(new_id()),
            "attempt_id": AttemptId(new_id()),
            "recipient": Personal("ann@example.org"),
            "subject": Personal("Grüße"),
            "html": Personal("<p>Hej 👋</p>"),
            "text": Personal("Hej 👋"),
            "headers": {"List-Unsubscribe": "<https://example.com/u/1>"},
            **changes,
        }
    )


@pytest.fixture(params=["fake", "ses"])
def email_provider(request: pytest.FixtureRequest) -> EmailProvider:
    if request.param == "fake":
        return FakeEmailProvider()
    request.getfixturevalue("aws")
    boto3.client("sesv2").create_email_identity(EmailIdentity=FROM)
    return SesEmailProvider(email_client(2), FROM, SET)


@pytest.fixture
def client(provider: ProviderStub, monkeypatch: pytest.MonkeyPatch) -> "SESV2Client":
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", provider.url)
    config = PROVIDER.merge(Config(read_timeout=0.3))
    return boto3.client("sesv2", config=config)


@pytest.fixture
def send(client: "SESV2Client") -> Callable[[], Outcome]:
    ses = SesEmailProvider(client, FROM, SET)
    return lambda: ses.send(an_email())


def test_an_accepted_e_mail_is_named_by_the_provider(email_provider: EmailProvider) -> None:
    outcomes = [email_provider.send(an_email()) for _ in range(2)]

    names = {outcome.provider_message_id for outcome in outcomes if isinstance(outcome, Accepted)}
    assert len(names) == 2
    assert all(names)


@pytest.mark.parametrize("body", ["html", "text"])
def test_an_e_mail_may_have_one_body_only(email_provider: EmailProvider, body: str) -> None:
    outcome = email_provider.send(an_email(**{body: None}))

    assert isinstance(outcome, Accepted)


def test_a_refusal_is_an_outcome_and_not_an_error(aws: None) -> None:
    outcome = SesEmailProvider(email_client(2), "unknown@example.com", SET).send(an_email())

    assert isinstance(outcome, Refused)
    assert outcome.cause.startswith("ses/")


def test_a_fake_answers_by_its_script_first() -> None:
    fake = FakeEmailProvider([Throttled("later"), TimeoutError()], lambda _: Unknown("lost"))

    first = fake.send(an_email())
    with pytest.raises(TimeoutError):
        fake.send(an_email())
    third = fake.send(an_email())

    assert (first, third) == (Throttled("later"), Unknown("lost"))
    assert len(fake.calls) == 3


def test_the_request_says_what_ses_has_to_know(
    provider: ProviderStub, client: "SESV2Client"
) -> None:
    email = an_email()

    outcome = SesEmailProvider(client, "Grüße AG <sender@example.com>", SET).send(email)

    assert outcome == Accepted("provider-1")
    [request] = provider.requests
    assert request.path == "/v2/email/outbound-emails"
    assert request.body == {
        "FromEmailAddress": "=?utf-8?b?R3LDvMOfZSBBRw==?= <sender@example.com>",
        "Destination": {"ToAddresses": ["ann@example.org"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Grüße", "Charset": "UTF-8"},
                "Body": {
                    "Html": {"Data": "<p>Hej 👋</p>", "Charset": "UTF-8"},
                    "Text": {"Data": "Hej 👋", "Charset": "UTF-8"},
                },
                "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://example.com/u/1>"}],
            }
        },
        "EmailTags": [
            {"Name": "mt_id", "Value": str(email.message_id)},
            {"Name": "mt_attempt", "Value": str(email.attempt_id)},
        ],
        "ConfigurationSetName": SET,
    }


def test_a_template_that_ses_keeps_is_named_with_its_data(
    provider: ProviderStub, client: "SESV2Client"
) -> None:
    hosted = HostedTemplate("Offer", Personal('{"name": "Ann"}'))

    SesEmailProvider(client, FROM, SET).send(replace(an_email(), template=hosted))

    [request] = provider.requests
    assert request.body["Content"] == {
        "Template": {
            "TemplateName": "Offer",
            "TemplateData": '{"name": "Ann"}',
            "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://example.com/u/1>"}],
        }
    }


def test_a_body_that_is_missing_is_left_out(provider: ProviderStub, client: "SESV2Client") -> None:
    SesEmailProvider(client, FROM, SET).send(an_email(html=None))

    [request] = provider.requests
    assert set(request.body["Content"]["Simple"]["Body"]) == {"Text"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            refusal("MessageRejected", message="Virus found"),
            Refused("ses/MessageRejected", "Virus found", permanent=True),
        ),
        (
            refusal("MessageRejected", message="Email address is not verified. a@b.example"),
            Refused(
                "ses/EmailAddressNotVerified",
                "Email address is not verified. a@b.example",
                permanent=False,
            ),
        ),
        (
            refusal("BadRequestException", message="Illegal address"),
            Refused("ses/BadRequestException", "Illegal address", permanent=True),
        ),
        (
            refusal(
                "MessageRejected",
                message="Email address is not verified. Failed the check: Sender@Example.com",
            ),
            ChannelFault(
                "ses/EmailAddressNotVerified",
                "Email address is not verified. Failed the check: Sender@Example.com",
            ),
        ),
        (
            refusal("SendingPausedException", message="Paused"),
            ChannelFault("ses/SendingPausedException", "Paused"),
        ),
        (
            refusal("AccountSuspendedException", message="Suspended"),
            ChannelFault("ses/AccountSuspendedException", "Suspended"),
        ),
        (
            refusal("MailFromDomainNotVerifiedException", message="MX"),
            ChannelFault("ses/MailFromDomainNotVerifiedException", "MX"),
        ),
        (
            refusal("LimitExceededException", message="Too many"),
            ChannelFault("ses/LimitExceededException", "Too many"),
        ),
        (
            refusal("NotFoundException", 404, message="Configuration set"),
            ChannelFault("ses/NotFoundException", "Configuration set"),
        ),
        (
            refusal("NotFoundException", 404, message="Configuration set template-x is missing"),
            ChannelFault("ses/NotFoundException", "Configuration set template-x is missing"),
        ),
        (
            refusal("NotFoundException", 404, message="Template Offer does not exist"),
            Refused("ses/TemplateDoesNotExist", "Template Offer does not exist", permanent=True),
        ),
        (
            refusal("LimitExceededException", message="Daily message quota exceeded."),
            ChannelFault("ses/DailyMessageQuotaExceeded", "Daily message quota exceeded."),
        ),
        (
            refusal("TooManyRequestsException", 429, message="Daily message quota exceeded."),
            ChannelFault("ses/DailyMessageQuotaExceeded", "Daily message quota exceeded."),
        ),
        (
            refusal("LimitExceededException", message="Maximum sending rate exceeded."),
            Throttled("Maximum sending rate exceeded."),
        ),
        (
            refusal("TooManyRequestsException", 429, message="Slow down"),
            Throttled("Slow down"),
        ),
        (
            refusal("ThrottlingException", message="Rate exceeded"),
            Throttled("Rate exceeded"),
        ),
        (refusal("Unheard", 429), Throttled("Unheard")),
        (
            refusal("AccessDeniedException", 403, message="Not authorized"),
            ChannelFault("ses/AccessDeniedException", "Not authorized"),
        ),
        (refusal("Unheard", 400), Refused("ses/Unheard", "", permanent=False)),
        (
            refusal("InternalServiceErrorException", 500),
            Unknown("InternalServiceErrorException (HTTP 500)"),
        ),
        (refusal("ServiceUnavailable", 503), Unknown("ServiceUnavailable (HTTP 503)")),
        (refusal("RequestTimeoutException", 408), Unknown("RequestTimeoutException (HTTP 408)")),
        (Answer(status=None), Unknown("ConnectionClosedError")),
        (Answer(seconds=2), Unknown("ReadTimeoutError")),
    ],
    ids=str,
)
def test_whatever_ses_answers_is_an_outcome_of_one_call(
    provider: ProviderStub, send: Callable[[], Outcome], answer: Answer, expected: Outcome
) -> None:
    provider.answer = answer

    outcome = send()

    assert outcome == expected
    assert len(provider.requests) == 1


def test_every_error_that_send_email_models_has_its_place() -> None:
    model = boto3.client("sesv2").meta.service_model.operation_model("SendEmail")

    assert set(MEANINGS) == {shape.name for shape in model.error_shapes}


def test_a_provider_that_cannot_be_reached_was_not_called(
    provider: ProviderStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:1")
    ses = SesEmailProvider(email_client(1), FROM, SET)

    outcome = ses.send(an_email())

    assert isinstance(outcome, Refused)
    assert (outcome.cause, outcome.permanent) == ("transport/EndpointConnectionError", False)


def test_an_e_mail_that_ses_cannot_even_be_asked_for_is_refused_for_good(
    client: "SESV2Client",
) -> None:
    outcome = SesEmailProvider(client, FROM, SET).send(an_email(subject=7))

    assert isinstance(outcome, Refused)
    assert (outcome.cause, outcome.permanent) == ("ses/ParamValidation", True)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoCredentialsError(), ChannelFault),
        (ConnectTimeoutError(endpoint_url="ses"), Refused),
        (SSLError(endpoint_url="ses", error=OSError("bad record")), Unknown),
        (BotoCoreError(), Unknown),
    ],
    ids=repr,
)
def test_only_what_certainly_never_left_is_refused(
    client: "SESV2Client",
    monkeypatch: pytest.MonkeyPatch,
    error: BotoCoreError,
    kind: type[Outcome],
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(client, "send_email", fail)

    outcome = SesEmailProvider(client, FROM, SET).send(an_email())

    assert isinstance(outcome, kind)


@given(name=st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=120))
def test_any_display_name_survives_its_encoding(name: str) -> None:
    encoded = encode_mailbox(str(Address(name, addr_spec=FROM)))

    words, _, address = encoded.rpartition(" ")
    decoded = name if name.isascii() else str(make_header(decode_header(words)))
    assert (decoded, address) == (name, f"<{FROM}>")
    assert encoded.isascii()
    assert name.isascii() or max(map(len, words.split())) <= 75


@pytest.mark.parametrize(
    ("mailbox", "encoded"),
    [
        ("a@example.com", "a@example.com"),
        ("Acme <a@example.com>", "Acme <a@example.com>"),
        ('"Acme, Inc." <a@example.com>', '"Acme, Inc." <a@example.com>'),
        ('"Grüße, AG" <a@example.com>', "=?utf-8?b?R3LDvMOfZSwgQUc=?= <a@example.com>"),
    ],
)
def test_a_mailbox_is_quoted_only_as_it_needs(mailbox: str, encoded: str) -> None:
    assert encode_mailbox(mailbox) == encoded


@pytest.mark.parametrize(
    "mailbox",
    [
        pytest.param("", id="nothing"),
        pytest.param("Acme", id="no address"),
        pytest.param("Acme, Inc. <a@example.com>", id="a comma without quotes"),
        pytest.param("a@example.com, b@example.com", id="two addresses"),
        pytest.param("Acme <a@bücher.example>", id="a domain not in ASCII"),
        pytest.param("Acme <a@example.com>\r\nBcc: b@example.com", id="a header injected"),
    ],
)
def test_a_from_address_that_is_not_one_ascii_address_is_a_fault_of_configuration(
    mailbox: str,
) -> None:
    with pytest.raises(ConfigurationFault, match="From address"):
        encode_mailbox(mailbox)


def test_attachments_travel_in_base64_with_their_names(
    client: "SESV2Client", provider: ProviderStub
) -> None:
    files = [
        Attachment("a.pdf", "application/pdf", Disposition.ATTACHMENT, None, b"\xff%PDF"),
        Attachment("b.png", "image/png", Disposition.INLINE, "logo", b"PNG"),
    ]

    SesEmailProvider(client, FROM, SET).send(an_email(attachments=files))

    assert provider.requests[-1].body["Content"]["Simple"]["Attachments"] == [
        {
            "FileName": "a.pdf",
            "RawContent": base64.b64encode(b"\xff%PDF").decode(),
            "ContentType": "application/pdf",
            "ContentDisposition": "ATTACHMENT",
            "ContentTransferEncoding": "BASE64",
        },
        {
            "FileName": "b.png",
            "RawContent": base64.b64encode(b"PNG").decode(),
            "ContentType": "image/png",
            "ContentDisposition": "INLINE",
            "ContentTransferEncoding": "BASE64",
            "ContentId": "logo",
        },
    ]
