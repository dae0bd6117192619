"""The twin and the emulator together: events by both routes, as the template's rules see them."""

import gzip
import io
import json
import time
import zipfile
from typing import Any

import boto3
import pytest
from types_boto3_s3 import S3Client

from message_tracker.local.clients import client_options
from message_tracker.local.emulator import Emulator, emulator
from message_tracker.local.ports import claim_port
from message_tracker.local.twin import (
    LOCAL_CONFIGURATION_SET,
    Twin,
    TwinOptions,
    provider_twin,
)

OPTIONS = TwinOptions(first_event_after=0.01, outcome_after=0.02, stream_interval=0.1)
HANDLER = """
import boto3
def handler(event, context):
    sent = boto3.client("pinpoint-sms-voice-v2").send_text_message(**event)
    return sent["MessageId"]
"""


def a_stream(aws: Emulator, name: str, bucket: str, prefix: str) -> S3Client:
    s3 = boto3.client("s3", **client_options(aws.endpoint_url))
    s3.create_bucket(Bucket=bucket)
    boto3.client("firehose", **client_options(aws.endpoint_url)).create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::000000000000:role/any",
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "Prefix": prefix,
            "CompressionFormat": "GZIP",
        },
    )
    return s3


def objects(s3: S3Client, bucket: str, prefix: str) -> list[bytes]:
    """Return the decompressed objects below a prefix, in the order of their keys."""
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return [
        gzip.decompress(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read())
        for each in listed
    ]


def concatenated(data: str) -> list[dict[str, Any]]:
    """Return the JSON objects of a text that has nothing between them."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(data):
        each, at = decoder.raw_decode(data, at)
        found.append(each)
    return found


def send_text(twin: Twin, message_id: str) -> None:
    boto3.client("pinpoint-sms-voice-v2", **client_options(twin.url)).send_text_message(
        DestinationPhoneNumber="+14254147755",
        MessageBody="Hello",
        ConfigurationSetName=LOCAL_CONFIGURATION_SET,
        Context={"mt_id": message_id},
    )


def send_email(twin: Twin, to: str) -> None:
    boto3.client("sesv2", **client_options(twin.url)).send_email(
        FromEmailAddress="team@example.com",
        Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": "S"}, "Body": {"Text": {"Data": "T"}}}},
        ConfigurationSetName=LOCAL_CONFIGURATION_SET,
    )


def test_email_events_are_archived_line_by_line(aws: Emulator) -> None:
    s3 = a_stream(aws, OPTIONS.email_stream, "email-archive", "ses/!{timestamp:yyyy}/")

    with provider_twin(account_url=aws.endpoint_url, options=OPTIONS) as twin:
        send_email(twin, "complaint@simulator.amazonses.com")
        assert twin.wait_until_quiet(10)

    archived = b"".join(objects(s3, "email-archive", "ses/20"))
    assert archived.endswith(b"\n")
    # In whichever order: objects of one second are named by chance.
    types = [json.loads(line)["eventType"] for line in archived.splitlines()]
    assert sorted(types) == ["Complaint", "Delivery", "Send"]


def test_text_events_are_archived_with_nothing_between_them(aws: Emulator) -> None:
    s3 = a_stream(aws, OPTIONS.text_stream, "text-archive", "sms/")

    with provider_twin(account_url=aws.endpoint_url, options=OPTIONS) as twin:
        send_text(twin, "an-id")
        assert twin.wait_until_quiet(10)

    archived = b"".join(objects(s3, "text-archive", "sms/")).decode()
    assert "\n" not in archived
    events = concatenated(archived)
    assert [event["eventType"] for event in events] == [
        "TEXT_QUEUED",
        "TEXT_SUCCESSFUL",
        "TEXT_DELIVERED",
    ]
    assert {event["context"]["mt_id"] for event in events} == {"an-id"}


def test_events_reach_the_bus_under_the_detail_types_of_aws(aws: Emulator) -> None:
    options = client_options(aws.endpoint_url)
    sqs, events = boto3.client("sqs", **options), boto3.client("events", **options)
    queue_url = sqs.create_queue(QueueName="both-providers")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    pattern = {"source": ["aws.ses", "aws.sms-voice"]}
    events.put_rule(Name="both-providers", EventPattern=json.dumps(pattern))
    target = {"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}
    events.put_targets(Rule="both-providers", Targets=[target])  # type: ignore[list-item] # a TypedDict

    with provider_twin(account_url=aws.endpoint_url, options=OPTIONS) as twin:
        send_email(twin, "bounce@simulator.amazonses.com")
        send_text(twin, "an-id")
        received: list[dict[str, Any]] = []
        deadline = time.monotonic() + 10
        while len(received) < 5 and time.monotonic() < deadline:
            answer = sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                received.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])

    assert sorted(event["detail-type"] for event in received) == [
        "Email Bounced",
        "Email Sent",
        *3 * ["Text Message Delivery Status Updated"],
    ]
    of_texts = [event["detail"] for event in received if event["source"] == "aws.sms-voice"]
    assert not any("context" in detail for detail in of_texts)


def test_records_of_others_are_archived_too(aws: Emulator) -> None:
    s3 = a_stream(aws, "of-others", "others-archive", "others/")

    with provider_twin(account_url=aws.endpoint_url, options=OPTIONS) as twin:
        firehose = boto3.client("firehose", **client_options(twin.url))
        firehose.put_record(DeliveryStreamName="of-others", Record={"Data": b"one\n"})
        batch = firehose.put_record_batch(
            DeliveryStreamName="of-others", Records=[{"Data": b"two\n"}, {"Data": b"three\n"}]
        )
        with pytest.raises(firehose.exceptions.ResourceNotFoundException):
            firehose.put_record(DeliveryStreamName="missing", Record={"Data": b"lost"})

    assert batch["FailedPutCount"] == 0
    assert b"".join(objects(s3, "others-archive", "others/")) == b"one\ntwo\nthree\n"


def test_records_wait_for_a_stream_that_is_not_there_yet(aws: Emulator) -> None:
    options = TwinOptions(first_event_after=0, email_stream="comes-late", stream_interval=0.05)

    with provider_twin(account_url=aws.endpoint_url, options=options) as twin:
        send_email(twin, "reject@example.com")
        assert not twin.wait_until_quiet(0.5)
        s3 = a_stream(aws, "comes-late", "late-archive", "late/")
        assert twin.wait_until_quiet(5)

    assert b'"Reject"' in b"".join(objects(s3, "late-archive", "late/"))


def test_a_handler_in_the_emulator_sends_through_the_twin() -> None:
    port = claim_port(None, "the provider twin")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("h.py", HANDLER)

    with emulator(twin_url=f"http://127.0.0.1:{port}") as aws, provider_twin(port) as twin:
        client = boto3.client("lambda", **client_options(aws.endpoint_url))
        client.create_function(
            FunctionName="sends",
            Runtime="python3.13",
            Role="arn:aws:iam::000000000000:role/any",
            Handler="h.handler",
            Code={"ZipFile": code.getvalue()},
            Timeout=20,
        )
        call = {"DestinationPhoneNumber": "+14254147755", "MessageBody": "Hello"}
        answer = client.invoke(FunctionName="sends", Payload=json.dumps(call))
        message_id = json.loads(answer["Payload"].read())

        assert [each.provider_message_id for each in twin.inbox.messages()] == [message_id]
