"""The kinds of values that settings have, each with what it must keep to."""

from typing import Annotated

from message_tracker.core.domain.variables import Field

EmailsPerSecond = Annotated[float, Field(gt=0)]
SegmentsPerSecond = Annotated[float, Field(gt=0, le=10_000)]
Seconds = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, le=1)]
Months = Annotated[int, Field(ge=1, le=120)]

Names = tuple[str, ...]
"""Several, separated by commas."""

TopicArn = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$")
]

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""Its code in ISO 3166-1, as US."""

SoftBounceDays = Annotated[int, Field(ge=0, le=30)]
"""On how many days within 30 an address bounces softly until it is suppressed; 0 for never."""

OptOutList = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""The name of the SMS opt-out list that our numbers have."""
