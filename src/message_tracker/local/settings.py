"""What the stack on one machine is told by the environment."""

from typing import Annotated

from message_tracker.core.domain.variables import Field
from message_tracker.core.settings import Settings


class LocalSettings(Settings):
    """The stack on one machine; free ports are taken where none is named."""

    stage: str = "local"
    database_url: str = Field(default="", repr=False, description="a Postgres instead of ours")
    emulator_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    inbox_port: Annotated[int, Field(ge=1, le=65535)] | None = None
