"""The clients: made once, or when they are first called; of the services as boto3 knows them."""

from functools import cache

import boto3
import pytest
from botocore.client import BaseClient

from message_tracker.core.aws import clients, service_models


@pytest.mark.usefixtures("aws")
def test_a_client_for_later_is_made_by_its_first_call_and_once() -> None:
    made = []

    def make() -> BaseClient:
        made.append(boto3.client("sqs"))
        return made[0]

    queues = clients.later(cache(make))

    assert made == []
    assert queues.meta.service_model.service_name == "sqs"
    assert queues.meta is made[0].meta
    assert len(made) == 1


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("service", ["dynamodb", "pinpoint-sms-voice-v2", "s3", "sesv2", "sqs"])
def test_a_service_is_described_as_botocore_reads_it(service: str) -> None:
    ours = service_models.session().create_client(service)
    theirs = boto3.client(service)  # type: ignore[call-overload]  # any name

    assert ours.meta.endpoint_url == theirs.meta.endpoint_url
    assert ours.meta.method_to_api_mapping == theirs.meta.method_to_api_mapping
    assert ours.meta.service_model.metadata == theirs.meta.service_model.metadata


def test_what_is_not_described_is_none() -> None:
    loader = service_models.session().get_component("data_loader").file_loader

    assert loader.load_file("/nowhere/service-2") is None
