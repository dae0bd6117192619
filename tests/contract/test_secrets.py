import json

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from psycopg.conninfo import conninfo_to_dict

from message_tracker.core.aws.clients import secret_client
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.domain.errors import ConfigurationFault, Unavailable
from message_tracker.core.settings import DatabaseSettings

URL = "postgresql://tracker:secret@db.example:5432/tracker"


def settings(
    *, database_url: str = "", database_secret_arn: str = "", database_endpoint: str = ""
) -> DatabaseSettings:
    return DatabaseSettings(
        stage="test",
        database_url=database_url,
        database_secret_arn=database_secret_arn,
        database_endpoint=database_endpoint,
    )


def kept(secret: object) -> str:
    """Return the ARN of a secret that holds `secret` as JSON."""
    client = boto3.client("secretsmanager")
    return client.create_secret(Name="rds", SecretString=json.dumps(secret))["ARN"]


def test_the_settings_own_url_needs_no_secret() -> None:
    url = database_url(settings(database_url=URL, database_secret_arn="arn:aws:ignored"))

    assert url() == URL


def test_the_url_is_read_from_the_secret(aws: None) -> None:
    arn = boto3.client("secretsmanager").create_secret(Name="db", SecretString=URL)["ARN"]

    url = database_url(settings(database_secret_arn=arn))

    assert url() == URL


def test_a_rotated_secret_is_seen_at_the_next_call(aws: None) -> None:
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="db", SecretString="postgresql://old")["ARN"]
    url = database_url(settings(database_secret_arn=arn))
    url()
    client.put_secret_value(SecretId=arn, SecretString=URL)

    assert url() == URL


def test_a_secret_of_rds_becomes_a_url(aws: None) -> None:
    arn = kept(
        {
            "engine": "postgres",
            "username": "tracker",
            "password": "p@ss/w:rd?#",
            "host": "db.example",
            "port": 5433,
            "dbname": "messages",
            "dbClusterIdentifier": "tracker",
        }
    )

    url = database_url(settings(database_secret_arn=arn))()

    assert conninfo_to_dict(url) == {
        "user": "tracker",
        "password": "p@ss/w:rd?#",
        "host": "db.example",
        "port": "5433",
        "dbname": "messages",
    }


def test_credentials_alone_are_for_the_endpoint_of_the_settings(aws: None) -> None:
    arn = kept({"username": "tracker", "password": "secret"})

    url = database_url(
        settings(database_secret_arn=arn, database_endpoint="db.example:5432/tracker")
    )

    assert url() == URL


def test_credentials_without_a_host_anywhere_are_a_fault_of_configuration(aws: None) -> None:
    arn = kept({"username": "tracker", "password": "secret"})

    with pytest.raises(ConfigurationFault, match="MT_DATABASE_ENDPOINT=host:port/name"):
        database_url(settings(database_secret_arn=arn))()


def test_json_that_lacks_something_is_named_without_its_values(aws: None) -> None:
    arn = kept({"username": "tracker", "pass": "hush"})

    with pytest.raises(
        ConfigurationFault, match=r"required field `password`.*store postgresql"
    ) as fault:
        database_url(settings(database_secret_arn=arn))()

    assert "hush" not in str(fault.value)


def test_a_missing_secret_is_a_fault_of_configuration_found_only_when_it_is_needed(
    aws: None,
) -> None:
    url = database_url(settings(database_secret_arn="arn:aws:secretsmanager:::secret:none"))

    with pytest.raises(ConfigurationFault, match=r"^MT_DATABASE_SECRET_ARN: .*ResourceNotFound"):
        url()


def test_a_secret_without_text_is_a_fault_of_configuration(aws: None) -> None:
    arn = boto3.client("secretsmanager").create_secret(Name="db", SecretBinary=b"x")["ARN"]

    with pytest.raises(ConfigurationFault, match="holds no text"):
        database_url(settings(database_secret_arn=arn))()


@pytest.mark.parametrize("code", ["InternalServiceError", "ThrottlingException"])
def test_a_secret_that_cannot_be_read_now_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    client = secret_client()

    def fail(**_: object) -> None:
        raise client.exceptions.ClientError({"Error": {"Code": code}}, "GetSecretValue")

    monkeypatch.setattr(client, "get_secret_value", fail)

    with pytest.raises(Unavailable, match=code):
        database_url(settings(database_secret_arn="arn:aws:secretsmanager:::secret:db"))()


def test_secrets_manager_out_of_reach_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    client = secret_client()

    def fail(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="secretsmanager")

    monkeypatch.setattr(client, "get_secret_value", fail)

    with pytest.raises(Unavailable, match="EndpointConnectionError"):
        database_url(settings(database_secret_arn="arn:aws:secretsmanager:::secret:db"))()
