import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from message_tracker.local.clients import client_options
from message_tracker.local.twin.exchange import AwsError, Request
from message_tracker.local.twin.firehose import Firehose
from message_tracker.local.twin.streams import DeliveryStreams, Destination, object_key

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prefix", "folder"),
    [
        ("ses/", "ses/2026/03/04/05/"),  # Firehose appends the hour to a plain prefix
        ("", "2026/03/04/05/"),
        ("ses/!{timestamp:yyyy/MM/dd}/", "ses/2026/03/04/"),
        ("!{timestamp:yyyy-MM}/x/!{timestamp:HH}_", "2026-03/x/05_"),
        ("day=!{timestamp:yyyyMMdd}/", "day=20260304/"),
    ],
)
def test_objects_lie_where_firehose_would_put_them(prefix: str, folder: str) -> None:
    key = object_key(prefix, "events", NOW)

    name = key.removeprefix(folder)
    assert re.fullmatch(r"events-1-2026-03-04-05-06-07-[0-9a-f-]{36}\.gz", name)


def a_call(operation: str, **members: object) -> Request:
    headers = {"x-amz-target": f"Firehose_20150804.{operation}"}
    return Request("POST", "/", {}, headers, json.dumps(members).encode())


@pytest.fixture
def firehose() -> Iterator[Firehose]:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="archive")
        streams = DeliveryStreams(
            boto3.client("firehose", region_name="us-east-1"),
            s3,
            interval_seconds=60,
            destinations={"events": Destination("archive", "events/")},
        )
        yield Firehose(streams)


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("PutRecord", {"DeliveryStreamName": "x", "Record": {"Data": ""}}, "ResourceNotFound"),
        ("PutRecord", {"DeliveryStreamName": "events", "Record": {"Data": "*"}}, "InvalidArg"),
        ("PutRecordBatch", {"DeliveryStreamName": "events", "Records": [{}] * 501}, "InvalidArg"),
        ("DeleteDeliveryStream", {"DeliveryStreamName": "events"}, "UnknownOperation"),
    ],
)
def test_what_firehose_refuses_is_refused(
    operation: str, members: dict[str, object], code: str, firehose: Firehose
) -> None:
    with pytest.raises(AwsError) as refused:
        firehose.answer(operation, a_call(operation, **members))

    assert refused.value.code.startswith(code)


def test_without_an_account_to_ask_firehose_is_unavailable() -> None:
    options = client_options("http://127.0.0.1:9")
    streams = DeliveryStreams(
        boto3.client("firehose", **options), boto3.client("s3", **options), interval_seconds=60
    )
    call = a_call("PutRecord", DeliveryStreamName="events", Record={"Data": ""})

    with pytest.raises(AwsError) as refused:
        Firehose(streams).answer("PutRecord", call)

    assert (refused.value.status, refused.value.code) == (503, "ServiceUnavailableException")


def test_records_that_cannot_be_delivered_stay_buffered() -> None:
    options = client_options("http://127.0.0.1:9")
    streams = DeliveryStreams(
        boto3.client("firehose", **options), boto3.client("s3", **options), interval_seconds=60
    )
    streams.put("events", b"{}\n")

    streams.flush()

    assert streams.buffered() == 1
