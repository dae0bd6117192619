"""Which action on which resources a request to the twin is, as IAM names them."""

import json

import pytest

from message_tracker.local.twin.exchange import AwsError, Request
from message_tracker.local.twin.permissions import AccountPermissions, Question
from message_tracker.local.twin.questions import firehose_question, ses_question, sms_question

SES = "arn:aws:ses:us-east-1:000000000000"
SMS = "arn:aws:sms-voice:us-east-1:000000000000"
FROM_NEWS = (("ses:FromAddress", "news@example.com"),)


def a_request(method: str = "POST", path: str = "/", **call: object) -> Request:
    return Request(method, path, {}, {}, json.dumps(call).encode())


def send_email(**call: object) -> Question:
    sender = {"FromEmailAddress": "News <news@example.com>"}
    return ses_question(a_request("POST", "/v2/email/outbound-emails", **(sender | call)))


def test_an_email_is_asked_for_on_its_identity_and_its_configuration_set() -> None:
    question = send_email(ConfigurationSetName="stage")

    resources = (f"{SES}:identity/example.com", f"{SES}:configuration-set/stage")
    assert Question("ses:SendEmail", resources, FROM_NEWS) == question


def test_an_email_by_a_template_is_another_action() -> None:
    question = send_email(Content={"Template": {"TemplateName": "welcome"}})

    resources = (f"{SES}:identity/example.com", f"{SES}:template/welcome")
    assert Question("ses:SendTemplatedEmail", resources, FROM_NEWS) == question


def test_a_raw_email_is_from_whom_its_header_says() -> None:
    raw = "RnJvbTogbmV3c0BleGFtcGxlLmNvbQpUbzogYUBleGFtcGxlLmNvbQoKSGVsbG8="

    question = send_email(FromEmailAddress=None, Content={"Raw": {"Data": raw}})

    assert FROM_NEWS == question.keys


@pytest.mark.parametrize(
    ("method", "path", "action", "resource"),
    [
        ("GET", "account", "GetAccount", "*"),
        ("PUT", "suppression/addresses", "PutSuppressedDestination", "*"),
        ("DELETE", "suppression/addresses/a@example.com", "DeleteSuppressedDestination", "*"),
        ("GET", "identities/example.com", "GetEmailIdentity", f"{SES}:identity/example.com"),
        (
            "PUT",
            "configuration-sets/stage/event-destinations/archive",
            "UpdateConfigurationSetEventDestination",
            f"{SES}:configuration-set/stage",
        ),
        ("POST", "what-we-never-call", "Unlisted", "*"),
    ],
)
def test_what_else_is_asked_of_ses_has_its_own_action(
    method: str, path: str, action: str, resource: str
) -> None:
    question = ses_question(a_request(method, f"/v2/email/{path}"))

    assert Question(f"ses:{action}", (resource,)) == question


@pytest.mark.parametrize("identity", ["phone-1", f"{SMS}:phone-number/phone-1"])
def test_a_text_is_asked_for_on_its_origination_identity_and_its_configuration_set(
    identity: str,
) -> None:
    request = a_request(OriginationIdentity=identity, ConfigurationSetName="stage")

    question = sms_question("SendTextMessage", request)

    resources = (f"{SMS}:phone-number/phone-1", f"{SMS}:configuration-set/stage")
    assert Question("sms-voice:SendTextMessage", resources) == question


def test_opting_out_is_asked_for_on_the_list() -> None:
    question = sms_question("PutOptedOutNumber", a_request(OptOutListName="Default"))

    assert Question("sms-voice:PutOptedOutNumber", (f"{SMS}:opt-out-list/Default",)) == question


def test_a_record_is_asked_for_on_its_stream() -> None:
    question = firehose_question("PutRecord", a_request(DeliveryStreamName="events"))

    stream = "arn:aws:firehose:us-east-1:000000000000:deliverystream/events"
    assert Question("firehose:PutRecord", (stream,)) == question


def test_an_unsigned_request_is_refused_before_anyone_is_asked() -> None:
    with pytest.raises(AwsError, match="missing Authentication Token"):
        AccountPermissions("http://127.0.0.1:9").check("", Question("ses:GetAccount"), status=403)


def test_nothing_is_allowed_when_the_account_does_not_answer() -> None:
    signed = "AWS4-HMAC-SHA256 Credential=ASIA1/20260101/us-east-1/ses/aws4_request"

    with pytest.raises(AwsError) as refused:
        AccountPermissions("http://127.0.0.1:9").check(
            signed, Question("ses:GetAccount"), status=403
        )

    assert "ServiceUnavailableException" == refused.value.code
