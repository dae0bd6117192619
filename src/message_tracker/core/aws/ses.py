"""E-mail by Amazon SES v2: one recipient, one call."""

from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import Header
from email.message import EmailMessage
from email.utils import parseaddr
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
from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.domain.message import (
    ATTEMPT_ID_TAG,
    MESSAGE_ID_TAG,
    Attachment,
    Disposition,
    OutboundEmail,
)
from message_tracker.core.domain.outcome import Accepted, Outcome, Throttled

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sesv2.type_defs import (
        AttachmentTypeDef,
        BodyTypeDef,
        ContentTypeDef,
        EmailContentTypeDef,
        MessageHeaderTypeDef,
        MessageTypeDef,
        SendEmailRequestTypeDef,
        TemplateTypeDef,
    )

# Every error that SendEmail models. Its text may overrule it: see `_answer`.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
MEANINGS: Mapping[str, Meaning] = {
    "AccountSuspendedException": Meaning.CHANNEL,
    "BadRequestException": Meaning.MESSAGE,
    "LimitExceededException": Meaning.CHANNEL,
    "MailFromDomainNotVerifiedException": Meaning.CHANNEL,
    "MessageRejected": Meaning.MESSAGE,
    "NotFoundException": Meaning.CHANNEL,  # the configuration set; a template is the message's
    "SendingPausedException": Meaning.CHANNEL,  # of the account or the configuration set
    "TooManyRequestsException": Meaning.PASSING,  # never asked: it is Throttled
}

# The same exception stands for the rate and for the day: only the text tells. Our own word for it.
# https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
_RATE_TEXT = "maximum sending rate exceeded"
_DAY_TEXT = "daily message quota exceeded"
_DAY_CAUSE = "ses/DailyMessageQuotaExceeded"

# An unverified identity is a MessageRejected of another kind, and the text names the identity: our
# own is a fault of the channel; a recipient's, which matters in the sandbox only, of the message.
_UNVERIFIED_TEXT = "email address is not verified"
_UNVERIFIED_CAUSE = "ses/EmailAddressNotVerified"

# Of NotFoundException too only the text tells what is not there; a configuration set's name may
# hold the word "template", so it is looked for first.
_NO_SET_TEXT = "configuration set"
_NO_TEMPLATE_TEXT = "template"
_NO_TEMPLATE_CAUSE = "ses/TemplateDoesNotExist"

_LONGEST_WORD = 75  # characters of an encoded word (RFC 2047, section 2)


class SesEmailProvider:
    """Sends by SendEmail; our ids travel as message tags.

    Args:
        client: of SES v2, without retries.
        from_address: ``Name <address>`` or ``address``, the name in any script.
        configuration_set: whose event destinations tell what became of a message.
    """

    def __init__(self, client: "SESV2Client", from_address: str, configuration_set: str) -> None:
        self._client = client
        self._from = encode_mailbox(from_address)
        self._address = parseaddr(self._from)[1].lower()
        self._configuration_set = configuration_set

    def send(self, email: OutboundEmail) -> Outcome:
        """Call SES once and say what came of it."""
        try:
            response = self._client.send_email(**self._request(email))
        except (BotoCoreError, ClientError) as error:
            return outcome_of(error, "ses", self._answer)
        return Accepted(response["MessageId"])

    def _answer(self, error: ClientError) -> Outcome:
        code, text = code_of(error), text_of(error)
        words = text.lower()
        if _DAY_TEXT in words:
            return refusal(Meaning.CHANNEL, _DAY_CAUSE, text)
        if _RATE_TEXT in words or is_throttle(error):
            return Throttled(text or code)
        if _UNVERIFIED_TEXT in words:
            is_ours = self._address in words
            meaning = Meaning.CHANNEL if is_ours else Meaning.PASSING
            return refusal(meaning, _UNVERIFIED_CAUSE, text)
        if code == "NotFoundException" and _NO_SET_TEXT not in words and _NO_TEMPLATE_TEXT in words:
            return refusal(Meaning.MESSAGE, _NO_TEMPLATE_CAUSE, text)
        return refusal(MEANINGS.get(code, unmodelled(code)), f"ses/{code}", text)

    def _request(self, email: OutboundEmail) -> "SendEmailRequestTypeDef":
        return {
            "FromEmailAddress": self._from,
            "Destination": {"ToAddresses": [email.recipient]},
            "Content": _content(email),
            "EmailTags": [
                {"Name": MESSAGE_ID_TAG, "Value": str(email.message_id)},
                {"Name": ATTEMPT_ID_TAG, "Value": str(email.attempt_id)},
            ],
            "ConfigurationSetName": self._configuration_set,
        }


def encode_mailbox(mailbox: str) -> str:
    """Return ``Name <address>`` in ASCII, the name as encoded words (RFC 2047) where it is not.

    Raises `ConfigurationFault` when it is not exactly one address in ASCII.
    """
    message = EmailMessage()
    try:
        message["From"] = mailbox
    except (HeaderParseError, ValueError) as error:
        raise _not_a_mailbox(mailbox) from error
    header = message["From"]
    if header.defects or len(header.addresses) != 1 or not header.addresses[0].addr_spec.isascii():
        raise _not_a_mailbox(mailbox)
    [address] = header.addresses
    if address.display_name.isascii():
        return str(address)
    words = Header(address.display_name, "utf-8", _LONGEST_WORD).encode(linesep="")
    return f"{words} <{address.addr_spec}>"


def _not_a_mailbox(mailbox: str) -> ConfigurationFault:
    return ConfigurationFault(
        f"the From address {mailbox!r} is not one ASCII address: write Name <local@example.com>,"
        ' a name with punctuation as "Name, Inc.", a domain in another script as xn--…'
    )


def _utf8(text: str) -> "ContentTypeDef":
    return {"Data": text, "Charset": "UTF-8"}


def _content(email: OutboundEmail) -> "EmailContentTypeDef":
    headers: list[MessageHeaderTypeDef] = [
        {"Name": name, "Value": value} for name, value in email.headers.items()
    ]
    attachments = [_attachment(each) for each in email.attachments]
    if email.template is None:
        simple: MessageTypeDef = {
            "Subject": _utf8(email.subject),
            "Body": _body(email),
            "Headers": headers,
        }
        if attachments:
            simple["Attachments"] = attachments
        return {"Simple": simple}
    template: TemplateTypeDef = {
        "TemplateName": email.template.name,
        "TemplateData": email.template.data_json,
        "Headers": headers,
    }
    if attachments:
        template["Attachments"] = attachments
    return {"Template": template}


def _attachment(of: Attachment) -> "AttachmentTypeDef":
    attachment: AttachmentTypeDef = {
        "FileName": of.name,
        "RawContent": of.content,
        "ContentType": of.content_type,
        "ContentDisposition": "INLINE" if of.disposition is Disposition.INLINE else "ATTACHMENT",
        # SES' default is SEVEN_BIT, which breaks what is no ASCII text.
        "ContentTransferEncoding": "BASE64",
    }
    if of.content_id is not None:
        attachment["ContentId"] = of.content_id
    return attachment


def _body(email: OutboundEmail) -> "BodyTypeDef":
    body: BodyTypeDef = {}
    if email.html is not None:
        body["Html"] = _utf8(email.html)
    if email.text is not None:
        body["Text"] = _utf8(email.text)
    return body
