"""How requests and events reach a stage, and what they may name."""

from typing import Annotated

from pydantic import Field

from infra.config.values import SEPARATED, CertificateArn, Domain, ImportSource, Part
from message_tracker.core.settings import TopicArn


class IntakeFields(Part):
    """The API, lists of recipients, and topics that post events."""

    public_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="where recipients reach the API; its domain or its own URL if empty",
    )
    api_domain: Domain = Field(default="", description="a name of your own that the API has")
    api_certificate_arn: CertificateArn = Field(
        default="", description="the certificate of `api_domain`"
    )
    api_requests_per_second: Annotated[int, Field(ge=1)] = 50
    api_concurrency: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0,
        description="invocations of the API at a time, reserved for it; 0: what the account has",
    )
    api_provisioned_concurrency: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0, description="instances of the API that are kept warm, and paid for; 0 for none"
    )
    api_snap_start: bool = Field(
        default=False, description="true: the API starts from a snapshot of itself"
    )
    default_audience: str = Field(
        default="", description="the audience of requests that name no recipients; none if empty"
    )
    import_sources: Annotated[tuple[ImportSource, ...], SEPARATED] = Field(
        default=(), description="more places that lists of recipients may be read from"
    )
    sns_route: bool = Field(
        default=False, description="a topic of the stage's own, which posts events to the API"
    )
    sns_topic_arns: Annotated[tuple[TopicArn, ...], SEPARATED] = Field(
        default=(), description="other topics that may post to /events/sns"
    )
