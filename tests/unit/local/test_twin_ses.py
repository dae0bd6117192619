import re
from email.message import EmailMessage
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from types_boto3_sesv2 import SESV2Client

from message_tracker.local.twin import LOCAL_CONFIGURATION_SET, Twin, email_outcomes
from message_tracker.local.twin.account import SES_DETAIL_TYPES
from message_tracker.local.twin.email_outcomes import BY_LOCAL_PART, email_outcome
from message_tracker.local.twin.publication import Route
from tests.unit.local.list_sink import ListSink

MESSAGE_ID = "01939b7c-7f2e-7a51-9c1d-2f8e6a5b4c3d"


def send(ses: SESV2Client, to: str = "success@simulator.amazonses.com", **changes: Any) -> str:  # noqa: ANN401 - members of the call
    call: dict[str, Any] = {
        "FromEmailAddress": "Team <team@example.com>",
        "Destination": {"ToAddresses": [to]},
        "Content": simple(),
        "EmailTags": [{"Name": "mt_id", "Value": MESSAGE_ID}],
        "ConfigurationSetName": LOCAL_CONFIGURATION_SET,
    }
    return ses.send_email(**(call | changes))["MessageId"]


def simple(**members: object) -> dict[str, Any]:
    body = {"Text": {"Data": "Hello"}, "Html": {"Data": "<p>Hello</p>"}}
    return {"Simple": {"Subject": {"Data": "Greetings"}, "Body": body} | members}


def test_an_accepted_email_has_an_id_like_those_of_ses(ses: SESV2Client) -> None:
    message_id = send(ses)

    assert re.fullmatch(
        r"0100[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-0{6}", message_id
    )


def test_an_accepted_email_is_in_the_inbox_as_it_was_sent(twin: Twin, ses: SESV2Client) -> None:
    header = {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"}

    message_id = send(ses, Content=simple(Headers=[header]))

    (email,) = twin.inbox.messages()
    assert email.provider_message_id == message_id
    assert email.recipients == ("success@simulator.amazonses.com",)
    assert (email.subject, email.text, email.html) == ("Greetings", "Hello", "<p>Hello</p>")
    assert ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") in email.headers
    assert email.tags == {"mt_id": MESSAGE_ID}
    assert email.configuration_set == LOCAL_CONFIGURATION_SET


def test_the_inbox_keeps_the_names_and_sizes_of_attachments(twin: Twin, ses: SESV2Client) -> None:
    file = {"FileName": "invoice.pdf", "RawContent": b"%PDF", "ContentType": "application/pdf"}

    send(ses, Content=simple(Attachments=[file]))

    (email,) = twin.inbox.messages()
    assert email.as_json()["attachments"] == [
        {"name": "invoice.pdf", "content_type": "application/pdf", "size": 4}
    ]


def test_the_inbox_keeps_the_attachments_of_a_whole_email(twin: Twin, ses: SESV2Client) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "team@example.com", "success@simulator.amazonses.com"
    mail.set_content("Hello")
    mail.add_attachment(b"a,b", maintype="text", subtype="csv", filename="failures.csv")

    send(ses, Content={"Raw": {"Data": mail.as_bytes()}})

    (email,) = twin.inbox.messages()
    assert [(file.name, file.size) for file in email.attachments] == [("failures.csv", 3)]


@pytest.mark.parametrize("name", ["virus.exe", "x" * 252 + ".pdf"])
def test_an_attachment_that_ses_refuses_is_refused(ses: SESV2Client, name: str) -> None:
    with pytest.raises(ClientError, match=r"Attachments: "):
        send(ses, Content=simple(Attachments=[{"FileName": name, "RawContent": b"x"}]))


@pytest.mark.parametrize("local_part", sorted(set(BY_LOCAL_PART) - {"refused", "lost", "vanished"}))
def test_the_address_decides_the_events(
    local_part: str, twin: Twin, ses: SESV2Client, sink: ListSink
) -> None:
    send(ses, f"{local_part}+label@simulator.amazonses.com")
    assert twin.wait_until_quiet(5)

    expected = [fact.event_type for fact in BY_LOCAL_PART[local_part].facts]
    assert sink.types(Route.STREAM) == expected
    assert sink.types(Route.BUS) == expected


def test_mail_to_anyone_else_is_delivered() -> None:
    outcome = email_outcome("Bounce <bounce@customer.test>")

    assert [fact.event_type for fact in outcome.facts] == ["Send", "Delivery"]


def test_every_event_carries_our_tags_and_those_of_ses(
    twin: Twin, ses: SESV2Client, sink: ListSink
) -> None:
    message_id = send(ses, "click@example.com")
    assert twin.wait_until_quiet(5)

    for route, event in sink.delivered:
        mail = event.bodies[route]["mail"]
        assert mail["messageId"] == message_id
        assert mail["destination"] == ["click@example.com"]
        assert mail["tags"]["mt_id"] == [MESSAGE_ID]
        assert mail["tags"]["ses:configuration-set"] == [LOCAL_CONFIGURATION_SET]
        assert mail["tags"]["ses:from-domain"] == ["example.com"]


def test_a_bounce_has_the_documented_fields(twin: Twin, ses: SESV2Client, sink: ListSink) -> None:
    send(ses, "bounce@simulator.amazonses.com")
    assert twin.wait_until_quiet(5)

    body = sink.delivered[-1][1].bodies[Route.STREAM]
    bounce = body["bounce"]
    assert set(body) == {"eventType", "mail", "bounce"}
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", "General")
    assert bounce["bouncedRecipients"] == [
        {
            "emailAddress": "bounce@simulator.amazonses.com",
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown",
        }
    ]
    assert bounce["feedbackId"] != body["mail"]["messageId"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", bounce["timestamp"])
    assert bounce["timestamp"] > body["mail"]["timestamp"]


@pytest.mark.parametrize(
    ("local_part", "key"),
    [
        ("success", "send"),
        ("renderfail", "failure"),
        ("reject", "reject"),
        ("unsubscribe", "send"),
    ],
)
def test_the_first_events_own_object_has_the_documented_key(
    local_part: str, key: str, twin: Twin, ses: SESV2Client, sink: ListSink
) -> None:
    send(ses, f"{local_part}@example.com")
    assert twin.wait_until_quiet(5)

    body = sink.delivered[0][1].bodies[Route.BUS]
    assert set(body) == {"eventType", "mail", key}
    assert "timestamp" not in body[key]


def test_every_event_type_of_ses_can_be_had(ses: SESV2Client) -> None:
    named_by_aws = ses.meta.service_model.shape_for("EventType").metadata["enum"]
    ours = {fact.event_type for outcome in BY_LOCAL_PART.values() for fact in outcome.facts}

    named_by_the_api = {re.sub(r"(?<=[a-z])[ ]?(?=[A-Z])", "_", name).upper() for name in ours}

    assert named_by_the_api == set(named_by_aws)
    assert set(SES_DETAIL_TYPES) == ours


def test_the_documentation_lists_every_address() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", email_outcomes.__doc__ or "", re.MULTILINE))

    assert documented == set(BY_LOCAL_PART)


def test_without_a_configuration_set_mail_is_sent_but_no_event_is_published(
    twin: Twin, ses: SESV2Client, sink: ListSink
) -> None:
    ses.send_email(
        FromEmailAddress="team@example.com",
        Destination={"ToAddresses": ["a@customer.test"]},
        Content={"Simple": {"Subject": {"Data": "S"}, "Body": {"Text": {"Data": "T"}}}},
    )

    assert twin.wait_until_quiet(5)
    assert len(twin.inbox.messages()) == 1
    assert sink.delivered == []


@pytest.mark.parametrize(
    ("name", "silent", "told"),
    [("archive", Route.STREAM, Route.BUS), ("event-bridge", Route.BUS, Route.STREAM)],
)
@pytest.mark.parametrize("how", ["off", "gone", "of other types"])
def test_an_event_is_published_only_where_a_destination_gets_it(
    twin: Twin, ses: SESV2Client, sink: ListSink, name: str, silent: Route, told: Route, how: str
) -> None:
    destination = {"ConfigurationSetName": LOCAL_CONFIGURATION_SET, "EventDestinationName": name}
    found = ses.get_configuration_set_event_destinations(
        ConfigurationSetName=LOCAL_CONFIGURATION_SET
    )["EventDestinations"]
    (before,) = (cast("dict[str, Any]", one) for one in found if one["Name"] == name)
    if how == "gone":
        ses.delete_configuration_set_event_destination(**destination)
    else:
        del before["Name"]
        changed: Any = before | (
            {"Enabled": False} if how == "off" else {"MatchingEventTypes": ["BOUNCE"]}
        )
        ses.update_configuration_set_event_destination(**destination, EventDestination=changed)

    send(ses)
    assert twin.wait_until_quiet(5)

    assert [] == sink.types(silent)
    assert ["Send", "Delivery"] == sink.types(told)


def test_a_raw_mail_is_shown_by_its_parts(twin: Twin, ses: SESV2Client) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Á <a@example.com>", "b@customer.test", "Grüße"
    mail.set_content("plain\n")
    mail.add_alternative("<p>rich</p>\n", subtype="html")
    mail.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="report.csv")

    ses.send_email(Content={"Raw": {"Data": mail.as_bytes()}})

    (email,) = twin.inbox.messages()
    assert email.recipients == ("b@customer.test",)
    assert email.subject == "Grüße"
    assert (email.text.strip(), email.html.strip()) == ("plain", "<p>rich</p>")


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"ConfigurationSetName": "other"}, "NotFoundException", "<other> does not exist"),
        ({"FromEmailAddress": ""}, "BadRequestException", "FromEmailAddress"),
        ({"FromEmailAddress": "a@b.test\r\nBcc: c@d.test"}, "BadRequestException", "From"),
        ({"Destination": {}}, "BadRequestException", "Destination"),
        ({"Content": {}}, "BadRequestException", "Content"),
        ({"EmailTags": [{"Name": "mt.id", "Value": "1"}]}, "BadRequestException", "mt.id"),
        (
            {"Content": simple(Headers=[{"Name": "X-A", "Value": "b\r\nBcc: c@d.test"}])},
            "BadRequestException",
            "invalid value of X-A",
        ),
        (
            {"Content": simple(Headers=[{"Name": "X-A", "Value": "b"}] * 16)},
            "BadRequestException",
            "16 headers",
        ),
        ({"Content": simple(Subject={"Data": "a\nb"})}, "BadRequestException", "Subject"),
        ({"Content": {"Raw": {"Data": b""}}}, "BadRequestException", "Destination"),
    ],
)
def test_what_ses_refuses_is_refused(
    changes: dict[str, Any], code: str, named: str, twin: Twin, ses: SESV2Client
) -> None:
    if "Raw" in changes.get("Content", {}):
        changes = changes | {"Destination": {}}

    with pytest.raises(ClientError, match=re.escape(named)) as refused:
        send(ses, **changes)

    assert refused.value.response["Error"]["Code"] == code
    assert twin.inbox.messages() == []


def test_an_address_may_have_the_call_refused(twin: Twin, ses: SESV2Client) -> None:
    with pytest.raises(ses.exceptions.MessageRejected):
        send(ses, "refused@example.com")

    assert twin.inbox.messages() == []


def test_an_address_may_lose_the_answer_of_a_mail_that_was_accepted(
    twin: Twin, ses: SESV2Client, sink: ListSink
) -> None:
    with pytest.raises(ConnectionClosedError):
        send(ses, "lost@example.com")

    assert twin.wait_until_quiet(5)
    assert len(twin.inbox.messages()) == 1
    assert sink.types() == ["Send", "Delivery"]


def test_an_address_may_vanish_without_answer_or_event(
    twin: Twin, ses: SESV2Client, sink: ListSink
) -> None:
    with pytest.raises(ConnectionClosedError):
        send(ses, "vanished@example.com")

    assert twin.wait_until_quiet(5)
    assert len(twin.inbox.messages()) == 1
    assert sink.delivered == []


def test_the_account_tells_its_quota(ses: SESV2Client) -> None:
    send(ses)

    account = ses.get_account()

    assert account["SendQuota"] == {
        "Max24HourSend": 50_000.0,
        "MaxSendRate": 14.0,
        "SentLast24Hours": 1.0,
    }
    assert account["SendingEnabled"]
    assert account["ProductionAccessEnabled"]


def test_an_operation_the_twin_does_not_have_is_not_found(ses: SESV2Client) -> None:
    with pytest.raises(ses.exceptions.NotFoundException, match="the twin has no POST /v2/email/"):
        ses.list_email_identities()


def templated(data: str = '{"name": "Ann"}', name: str = "Offer") -> dict[str, Any]:
    return {"Template": {"TemplateName": name, "TemplateData": data}}


@pytest.fixture
def offer(ses: SESV2Client) -> None:
    content = {"Subject": "For {{name}}", "Html": "<p>{{ name }}</p>", "Text": "{{name}}!"}
    ses.create_email_template(TemplateName="Offer", TemplateContent=content)  # type: ignore[arg-type]  # a plain dict


@pytest.mark.usefixtures("offer")
def test_a_template_that_ses_keeps_is_filled_with_the_calls_data(
    twin: Twin, ses: SESV2Client
) -> None:
    send(ses, Content=templated())

    (email,) = twin.inbox.messages()
    assert (email.subject, email.html, email.text) == ("For Ann", "<p>Ann</p>", "Ann!")
    assert ses.get_email_template(TemplateName="Offer")["TemplateContent"]["Text"] == "{{name}}!"


@pytest.mark.usefixtures("offer")
def test_a_variable_that_the_data_lacks_is_a_rendering_failure(
    twin: Twin, ses: SESV2Client, sink: ListSink
) -> None:
    send(ses, Content=templated("{}"))

    assert twin.wait_until_quiet(5)
    assert sink.types() == ["Rendering Failure"]
    assert sink.delivered[0][1].bodies[Route.STREAM]["failure"] == {
        "templateName": "Offer",
        "errorMessage": "Attribute 'name' is not present in the rendering data.",
    }


@pytest.mark.usefixtures("offer")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (templated(name="None"), "NotFoundException"),
        (templated("[]"), "BadRequestException"),
        (templated("{"), "BadRequestException"),
    ],
)
def test_a_template_or_data_that_is_not_there_refuses_the_call(
    ses: SESV2Client, content: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        send(ses, Content=content)

    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.usefixtures("offer")
def test_a_template_is_created_once(ses: SESV2Client) -> None:
    with pytest.raises(ses.exceptions.AlreadyExistsException):
        ses.create_email_template(TemplateName="Offer", TemplateContent={"Subject": "x"})
