"""What the doctor reads, from answers in the shape that each service's model has."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import ANY, Stubber

from message_tracker.core.aws.checkup import archive, email, functions, text
from message_tracker.core.aws.checkup.clients import Clients
from message_tracker.core.aws.checkup.deployment import Deployment, deployment, wanted
from message_tracker.core.aws.checkup.reading import guarded
from message_tracker.core.domain.doctor.check import Unread
from message_tracker.core.domain.doctor.text import Origination

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
NUMBER = "arn:aws:sms-voice:eu-west-1:1:phone-number/phone-1"
NUMBER_MEMBERS = {
    "PhoneNumberArn": NUMBER,
    "PhoneNumber": "+12065550100",
    "Status": "ACTIVE",
    "IsoCountryCode": "US",
    "MessageType": "TRANSACTIONAL",
    "NumberCapabilities": ["SMS"],
    "NumberType": "SHORT_CODE",
    "MonthlyLeasingPrice": "1",
    "TwoWayEnabled": False,
    "SelfManagedOptOutsEnabled": False,
    "OptOutListName": "Default",
    "DeletionProtectionEnabled": False,
    "CreatedTimestamp": NOW,
}


@pytest.fixture
def clients() -> Clients:
    return Clients.made()


@pytest.fixture
def stubs(clients: Clients) -> Iterator[dict[str, Stubber]]:
    """A stub of each client, which must be asked for all that it was told, in order."""
    with ExitStack() as stack:
        found = {
            field.name: stack.enter_context(Stubber(getattr(clients, field.name)))
            for field in fields(clients)
        }
        yield found
        for stub in found.values():
            stub.assert_no_pending_responses()


Stubs = dict[str, Stubber]


def test_the_address_is_asked_for_before_the_domain(clients: Clients, stubs: Stubs) -> None:
    refusal = "NotFoundException"
    stubs["email"].add_client_error("get_email_identity", refusal, http_status_code=404)
    stubs["email"].add_response(
        "get_email_identity",
        {"VerifiedForSendingStatus": True, "DkimAttributes": {"SigningEnabled": True}},
        {"EmailIdentity": "example.com"},
    )

    found = email.identity(clients.email, ["a@example.com", "example.com"])

    assert found is not None
    assert ("example.com", True) == (found.name, found.verified_for_sending_status)


def test_an_identity_that_is_nowhere_is_none(clients: Clients, stubs: Stubs) -> None:
    stubs["email"].add_client_error("get_email_identity", "NotFoundException")

    assert email.identity(clients.email, ["example.com"]) is None


def test_a_refused_identity_is_no_missing_one(clients: Clients, stubs: Stubs) -> None:
    stubs["email"].add_client_error("get_email_identity", "AccessDeniedException")

    with pytest.raises(ClientError):
        email.identity(clients.email, ["example.com"])


def test_event_destinations_of_ses_are_read(clients: Clients, stubs: Stubs) -> None:
    to_stream = {"IamRoleArn": "role", "DeliveryStreamArn": "stream"}
    destination = {
        "Name": "archive",
        "Enabled": True,
        "MatchingEventTypes": ["SEND"],
        "KinesisFirehoseDestination": to_stream,
    }
    stubs["email"].add_response(
        "get_configuration_set_event_destinations", {"EventDestinations": [destination]}
    )

    [found] = email.destinations(clients.email, "set")

    assert found.to_firehose is not None
    assert ("stream", True) == (found.to_firehose.delivery_stream_arn, found.enabled)


def test_a_number_tells_its_rate(clients: Clients, stubs: Stubs) -> None:
    limits = {"MessagingLimits": {"RateLimits": {"SMS": 45, "MMS": 1}}}
    number = NUMBER_MEMBERS | {"PhoneNumberId": "phone-1"} | limits
    stubs["text"].add_response("describe_phone_numbers", {"PhoneNumbers": [number]})

    found = text.origination(clients.text, NUMBER)

    assert Origination("phone-number", "phone-1", "ACTIVE", "Default", 45) == found


def test_a_pool_is_as_fast_as_its_active_numbers_together(clients: Clients, stubs: Stubs) -> None:
    def number(name: str, status: str) -> dict[str, Any]:
        limits = {"MessagingLimits": {"RateLimits": {"SMS": 10}}}
        return NUMBER_MEMBERS | limits | {"PhoneNumberId": name, "Status": status}

    pool = {
        "PoolArn": "arn",
        "PoolId": "pool-1",
        "Status": "ACTIVE",
        "MessageType": "TRANSACTIONAL",
        "TwoWayEnabled": False,
        "SelfManagedOptOutsEnabled": False,
        "OptOutListName": "Default",
        "SharedRoutesEnabled": False,
        "DeletionProtectionEnabled": False,
        "CreatedTimestamp": NOW,
    }
    listed = [
        {
            "OriginationIdentityArn": f"arn:aws:sms-voice:eu-west-1:1:{each}",
            "OriginationIdentity": each,
            "IsoCountryCode": "US",
            "NumberCapabilities": ["SMS"],
        }
        for each in ("phone-number/a", "phone-number/b", "phone-number/c", "sender-id/X/US")
    ]
    numbers = [number("a", "ACTIVE"), number("b", "ACTIVE"), number("c", "PENDING")]
    stubs["text"].add_response("describe_pools", {"Pools": [pool]})
    stubs["text"].add_response(
        "list_pool_origination_identities", {"OriginationIdentities": listed}
    )
    stubs["text"].add_response(
        "describe_phone_numbers", {"PhoneNumbers": numbers}, {"PhoneNumberIds": ["a", "b", "c"]}
    )

    found = text.origination(clients.text, "arn:aws:sms-voice:eu-west-1:1:pool/pool-1")

    assert Origination("pool", "pool-1", "ACTIVE", "Default", 20) == found


def test_a_sender_id_has_a_country(clients: Clients, stubs: Stubs) -> None:
    sender = {
        "SenderIdArn": "arn",
        "SenderId": "SHOP",
        "IsoCountryCode": "DE",
        "MessageTypes": [],
        "MonthlyLeasingPrice": "0",
        "DeletionProtectionEnabled": False,
        "Registered": False,
    }
    stubs["text"].add_response(
        "describe_sender_ids",
        {"SenderIds": [sender]},
        {"SenderIds": [{"SenderId": "SHOP", "IsoCountryCode": "DE"}]},
    )

    found = text.origination(clients.text, "arn:aws:sms-voice:eu-west-1:1:sender-id/SHOP/DE")

    assert Origination("sender-id", "SHOP", "ACTIVE", None, None) == found


def spend_limit(limit: int) -> dict[str, Any]:
    one = {
        "Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT",
        "EnforcedLimit": limit,
        "MaxLimit": 500,
        "Overridden": True,
    }
    return {"SpendLimits": [one | {"Name": "VOICE_MESSAGE_MONTHLY_SPEND_LIMIT"}, one]}


def test_spending_is_the_metrics_last_value(clients: Clients, stubs: Stubs) -> None:
    points = [
        {"Timestamp": NOW - timedelta(hours=hours), "Maximum": spent}
        for hours, spent in ((1, 7.5), (3, 5.0))
    ]
    stubs["text"].add_response("describe_spend_limits", spend_limit(100))
    stubs["metrics"].add_response("get_metric_statistics", {"Datapoints": points})

    found = text.spending(clients.text, clients.metrics, NOW)

    assert found is not None
    assert (7.5, 100) == (found.spent, found.limit.enforced_limit)


def test_the_limit_is_read_without_the_metric_too(clients: Clients, stubs: Stubs) -> None:
    stubs["text"].add_response("describe_spend_limits", spend_limit(100))
    stubs["metrics"].add_client_error("get_metric_statistics", "AccessDenied")

    found = text.spending(clients.text, clients.metrics, NOW)

    assert found is not None
    assert found.spent is None


def text_set(**more: str) -> dict[str, Any]:
    destination = {"EventDestinationName": "a", "Enabled": True, "MatchingEventTypes": ["TEXT_ALL"]}
    found = {
        "ConfigurationSetArn": "arn",
        "ConfigurationSetName": "set",
        "EventDestinations": [destination],
        "CreatedTimestamp": NOW,
    }
    return {"ConfigurationSets": [found | more]}


def attributes(**values: str) -> dict[str, Any]:
    return {"AccountAttributes": [{"Name": key, "Value": one} for key, one in values.items()]}


@pytest.mark.parametrize("own", ["", "protect-2"])
def test_a_sets_own_protection_goes_before_the_accounts(
    clients: Clients, stubs: Stubs, own: str
) -> None:
    more = {"ProtectConfigurationId": own} if own else {}
    stubs["text"].add_response("describe_configuration_sets", text_set(**more))
    if not own:
        stubs["text"].add_response(
            "describe_account_attributes", attributes(DEFAULT_PROTECT_CONFIGURATION_ID="protect-1")
        )
    stubs["text"].add_response(
        "get_protect_configuration_country_rule_set",
        {
            "ProtectConfigurationArn": "arn",
            "ProtectConfigurationId": own or "protect-1",
            "NumberCapability": "SMS",
            "CountryRuleSet": {"US": {"ProtectStatus": "BLOCK"}},
        },
        {"ProtectConfigurationId": own or "protect-1", "NumberCapability": "SMS"},
    )

    found = text.protection(clients.text, "set")

    assert found is not None
    assert (own or "protect-1", "BLOCK") == (found.configuration, found.rules["US"].protect_status)


def test_no_protection_is_none(clients: Clients, stubs: Stubs) -> None:
    stubs["text"].add_response("describe_configuration_sets", text_set())
    stubs["text"].add_response("describe_account_attributes", attributes(ACCOUNT_TIER="SANDBOX"))

    assert text.protection(clients.text, "set") is None


def test_freshness_is_the_last_value_of_the_hour(clients: Clients, stubs: Stubs) -> None:
    points = [
        {"Timestamp": NOW - timedelta(minutes=minutes), "Maximum": seconds}
        for minutes, seconds in ((5, 30.0), (50, 4000.0))
    ]
    stubs["metrics"].add_response("get_metric_statistics", {"Datapoints": points})

    assert timedelta(seconds=30) == archive.freshness(clients.metrics, "s", NOW)


def test_a_role_is_tried_by_iam_itself(clients: Clients, stubs: Stubs) -> None:
    result = {"EvalActionName": "s3:PutObject", "EvalDecision": "implicitDeny"}
    stubs["roles"].add_response("simulate_principal_policy", {"EvaluationResults": [result]})

    role = "arn:aws:iam::111122223333:role/writer"
    found = archive.permission(clients.roles, role, "s3:PutObject", "arn:aws:s3:::b/x")

    assert not found.is_allowed


def test_a_queue_without_dead_letters_is_read(clients: Clients, stubs: Stubs) -> None:
    url = "https://sqs.eu-west-1.amazonaws.com/1/text"
    answer = {"Attributes": {"QueueArn": "arn", "MessageRetentionPeriod": "345600"}}
    stubs["queues"].add_response("get_queue_attributes", answer)
    stubs["queues"].add_client_error(
        "get_queue_attributes",
        "AWS.SimpleQueueService.NonExistentQueue",
        expected_params={"QueueUrl": f"{url}-dlq", "AttributeNames": ANY},
    )

    found = functions.queue(clients.queues, url)

    assert ("text", None) == (found.name, found.dead_letters)


def test_a_functions_reserved_concurrency_is_read(clients: Clients, stubs: Stubs) -> None:
    stubs["functions"].add_response(
        "get_function_configuration", {"FunctionName": "f", "State": "Active"}
    )
    stubs["functions"].add_response("get_function_concurrency", {"ReservedConcurrentExecutions": 0})

    assert 0 == functions.function(clients.functions, "f").reserved


def test_the_stage_is_read_from_its_stack(clients: Clients, stubs: Stubs) -> None:
    arn = "arn:aws:cloudformation:eu-west-1:111122223333:stack/message-tracker-dev/1"
    stack = {
        "StackId": arn,
        "StackName": "message-tracker-dev",
        "CreationTime": NOW,
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": [{"OutputKey": "ArchiveBucket", "OutputValue": "bucket"}],
    }
    role = {
        "LogicalResourceId": "TrackingEmailPublisher1",
        "PhysicalResourceId": "role-1",
        "ResourceType": "AWS::IAM::Role",
        "LastUpdatedTimestamp": NOW,
        "ResourceStatus": "CREATE_COMPLETE",
    }
    stubs["stacks"].add_response("describe_stacks", {"Stacks": [stack]})
    stubs["stacks"].add_response("list_stack_resources", {"StackResourceSummaries": [role]})

    found = deployment(clients.stacks, "dev")

    assert {"ArchiveBucket": "bucket"} == found.outputs
    assert "arn:aws:iam::111122223333:role/role-1" == found.role("TrackingEmailPublisher")
    assert "arn:aws:sqs:eu-west-1:111122223333:q" == found.arn_of("sqs", "q")
    assert "DatabaseSecret" in found.lacking
    assert ["role-1"] == found.of_kind("AWS::IAM::Role")
    assert found.role("Nobody") is None


def test_the_configuration_is_the_functions_own(clients: Clients, stubs: Stubs) -> None:
    sender = {
        "MT_EMAIL_FROM": "Shop <news@shop.example>",
        "MT_EMAIL_PER_SECOND": "14.0",
        "MT_TEXT_ORIGINATION_IDENTITY": NUMBER,
        "MT_TEXT_SEGMENTS_PER_SECOND": "45.0",
    }
    api = {"MT_TEXT_OPT_OUT_LIST": "Default", "MT_TEXT_COUNTRIES": "US,CA"}
    for variables in (sender, api):
        stubs["functions"].add_response(
            "get_function_configuration", {"Environment": {"Variables": variables}}
        )
    outputs = {"SenderFunction": "s", "ApiFunction": "a"}

    found = wanted(clients, Deployment("dev", "arn", "CREATE_COMPLETE", outputs, []))

    assert ["news@shop.example", "shop.example"] == found.identities
    assert ["US", "CA"] == found.countries


def refusing(code: str) -> Callable[[], int]:
    def read() -> int:
        raise ClientError({"Error": {"Code": code, "Message": code}}, "GetAccount")

    return read


def test_a_missing_permission_is_named() -> None:
    found = guarded("ses:GetAccount", refusing("AccessDeniedException"))()

    assert Unread("no permission: these credentials may not ses:GetAccount") == found


def test_what_does_not_exist_is_none() -> None:
    assert guarded("s3:GetBucketNotification", refusing("NoSuchBucket"))() is None


def test_any_other_refusal_is_told() -> None:
    assert (
        Unread("ses:GetAccount: AWS answers Throttling")
        == guarded("ses:GetAccount", refusing("Throttling"))()
    )


def test_a_service_that_does_not_answer_is_told() -> None:
    def read() -> int:
        raise EndpointConnectionError(endpoint_url="https://email.example")

    found = guarded("ses:GetAccount", read)()

    assert Unread("ses:GetAccount: no answer (EndpointConnectionError)") == found


def test_an_answer_that_lacks_a_member_is_told(clients: Clients, stubs: Stubs) -> None:
    stubs["email"].add_response("get_account", {"SendingEnabled": True})

    found = guarded("ses:GetAccount", lambda: email.account(clients.email))()

    assert isinstance(found, Unread)
    assert "SendQuota" in found.why


def test_an_answer_without_a_configuration_is_told() -> None:
    def read() -> str:
        return dict[str, str]()["MT_EMAIL_FROM"]

    assert Unread("lambda:X: the answer lacks 'MT_EMAIL_FROM'") == guarded("lambda:X", read)()
