"""The emulator lets a function's role do what its policies allow, and tells what it refused."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from message_tracker.local.clients import client_options
from message_tracker.local.emulator import Emulator, emulator
from message_tracker.local.twin import Twin, provider_twin

ACCOUNT = "000000000000"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:granted"
IDENTITY = f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/example.com"
TRUST = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
GRANTS: list[dict[str, Any]] = [
    {"Action": "sqs:SendMessage", "Resource": QUEUE},
    {
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::tls-only/*",
    },
    {
        "Action": "ses:SendEmail",
        "Resource": IDENTITY,
        "Condition": {"StringEquals": {"ses:FromAddress": "news@example.com"}},
    },
]
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "arn:aws:s3:::tls-only/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def document(*statements: dict[str, Any]) -> str:
    allowed = [{"Effect": "Allow"} | each for each in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})


@pytest.fixture(scope="module")
def strict() -> Iterator[Emulator]:
    with emulator(checks_permissions=True) as running:
        yield running


@pytest.fixture(scope="module")
def twin(strict: Emulator) -> Iterator[Twin]:
    with provider_twin(account_url=strict.endpoint_url) as running:
        yield running


@pytest.fixture(scope="module")
def credentials(strict: Emulator) -> dict[str, str]:
    """Those of a role that holds `GRANTS`."""
    options = client_options(strict.endpoint_url)
    iam = boto3.client("iam", **options)
    trust = document(TRUST | {"Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName="granted", AssumeRolePolicyDocument=trust)["Role"]
    iam.put_role_policy(RoleName="granted", PolicyName="own", PolicyDocument=document(*GRANTS))
    boto3.client("sqs", **options).create_queue(QueueName="granted")
    bucket = boto3.client("s3", **options)
    bucket.create_bucket(Bucket="tls-only")
    bucket.put_bucket_policy(Bucket="tls-only", Policy=document(TLS_ONLY))
    session = boto3.client("sts", **options).assume_role(
        RoleArn=role["Arn"], RoleSessionName="function"
    )["Credentials"]
    return {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }


def client(service: str, url: str, credentials: dict[str, str]) -> Any:  # noqa: ANN401 - of any service
    return boto3.client(service, **(client_options(url) | credentials))  # type: ignore[call-overload] # any name


def send_email(twin: Twin, credentials: dict[str, str], sender: str) -> None:
    client("sesv2", twin.url, credentials).send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": ["a@example.com"]},
        Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
    )


def test_a_batch_is_authorized_as_the_action_it_repeats(
    strict: Emulator, credentials: dict[str, str]
) -> None:
    sqs = client("sqs", strict.endpoint_url, credentials)
    url = f"{strict.endpoint_url}/{ACCOUNT}/granted"

    sent = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "x"}])

    assert 1 == len(sent["Successful"])


def test_an_action_that_is_not_granted_is_refused_and_told(
    strict: Emulator, credentials: dict[str, str]
) -> None:
    sqs = client("sqs", strict.endpoint_url, credentials)
    url = f"{strict.endpoint_url}/{ACCOUNT}/granted"
    strict.forget_denials()

    for _ in range(2):
        with pytest.raises(ClientError, match="sqs:PurgeQueue"):
            sqs.purge_queue(QueueUrl=url)

    [denial] = strict.forget_denials()
    assert "assumed-role/granted/function is not authorized" in denial
    assert f"perform: sqs:PurgeQueue on resource: {QUEUE}" in denial
    assert [] == strict.denials()


def test_a_policy_that_demands_tls_is_content_with_loopback(
    strict: Emulator, credentials: dict[str, str]
) -> None:
    s3 = client("s3", strict.endpoint_url, credentials)

    put = s3.put_object(Bucket="tls-only", Key="a", Body=b"x")

    assert 200 == put["ResponseMetadata"]["HTTPStatusCode"]


def test_the_twin_takes_what_the_role_may_send(twin: Twin, credentials: dict[str, str]) -> None:
    send_email(twin, credentials, "News <news@example.com>")

    assert ["News <news@example.com>"] == [each.sender for each in twin.inbox.messages()]


@pytest.mark.parametrize(
    "sender",
    [
        pytest.param("other@example.com", id="an address that the condition excludes"),
        pytest.param("news@example.org", id="an identity that is not granted"),
    ],
)
def test_the_twin_refuses_what_the_role_may_not_send(
    strict: Emulator, twin: Twin, credentials: dict[str, str], sender: str
) -> None:
    before = len(twin.inbox.messages())

    with pytest.raises(ClientError, match="not authorized to perform: ses:SendEmail") as refused:
        send_email(twin, credentials, sender)

    assert "AccessDeniedException" == refused.value.response["Error"]["Code"]
    assert before == len(twin.inbox.messages())
    assert any("ses:SendEmail" in denial for denial in strict.forget_denials())


def test_the_account_itself_may_do_everything(twin: Twin) -> None:
    account = boto3.client("sesv2", **client_options(twin.url)).get_account()

    assert account["SendingEnabled"]


def test_a_reference_to_a_secret_is_its_arn(strict: Emulator) -> None:
    resources = {
        "Keys": {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": "x"}}
    }
    outputs = {"Arn": {"Value": {"Ref": "Keys"}}}
    options = client_options(strict.endpoint_url)
    cloudformation = boto3.client("cloudformation", **options)

    cloudformation.create_stack(
        StackName="secrets", TemplateBody=json.dumps({"Resources": resources, "Outputs": outputs})
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="secrets", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )

    [output] = cloudformation.describe_stacks(StackName="secrets")["Stacks"][0]["Outputs"]
    secrets = boto3.client("secretsmanager", **options)
    assert "x" == secrets.get_secret_value(SecretId=output["OutputValue"])["SecretString"]
    assert output["OutputValue"].startswith("arn:aws:secretsmanager:")

    cloudformation.delete_stack(StackName="secrets")
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName="secrets", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    assert [] == [each for each in secrets.list_secrets()["SecretList"] if "Keys" in each["Name"]]
