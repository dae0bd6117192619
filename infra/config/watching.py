"""How a stage is watched."""

from pydantic import Field

from infra.config.values import Minutes, Part


class WatchingFields(Part):
    """Where alarms lead, and how often the canary flies."""

    runbook_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="where people read docs/operations.md; alarms lead to its chapters",
    )
    canary_minutes: Minutes = Field(
        default=60, description="how often the canary flies to the simulators; 0 for never"
    )
