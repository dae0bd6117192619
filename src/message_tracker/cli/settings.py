"""What the operator's commands are told by the environment."""

from message_tracker.core.domain.variables import Field
from message_tracker.core.settings import RetentionSettings, Settings, SoftBounceDays


class OperatorSettings(RetentionSettings):
    """The operator's CLI at the database."""

    stage: str = "dev"
    soft_bounce_days: SoftBounceDays = 0


class DoctorSettings(Settings):
    """The operator's doctor; all else it reads from the stage's stack."""

    stage: str = "dev"
    database_url: str = Field(default="", repr=False, description="instead of the stack's secret")
    email_identity: str = Field(
        default="", description="verified SES domain, where it is not the From header's own"
    )


class RateSettings(Settings):
    """The operator's CLI at the rate limiter."""

    stage: str = "dev"
    limiter_table: str = Field(description="DynamoDB table: the stack's output LimiterTable")


class ClientSettings(Settings):
    """The operator's CLI at the API."""

    stage: str = "dev"
    api_url: str = Field(default="", description="base URL of the HTTP API")
    api_key: str = Field(default="", repr=False, description="API key")
