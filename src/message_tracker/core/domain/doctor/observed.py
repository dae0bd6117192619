"""What an AWS service answered: its own member names, as far as the doctor looks at them."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_pascal


class Observed(BaseModel):
    """Parsed from an answer: field `sending_enabled` is the member `SendingEnabled`."""

    model_config = ConfigDict(
        alias_generator=to_pascal, frozen=True, extra="ignore", populate_by_name=True
    )
