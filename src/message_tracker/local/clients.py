"""What every boto3 client of a server on this machine is built with."""

from typing import Final, TypedDict

from botocore.config import Config

ACCOUNT: Final = "000000000000"
REGION: Final = "us-east-1"


class ClientOptions(TypedDict):
    """The keyword arguments of `boto3.client` that keep a person's own AWS profile out."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str
    config: Config


def client_options(endpoint_url: str) -> ClientOptions:
    """Return options for `boto3.client(service, **options)`: made-up credentials, one attempt."""
    return ClientOptions(
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the servers on loopback check none
        config=Config(
            retries={"total_max_attempts": 1},
            connect_timeout=2,
            read_timeout=60,
            proxies={},
            max_pool_connections=32,
            s3={"addressing_style": "path"},
        ),
    )
