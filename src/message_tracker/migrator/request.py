"""A request of CloudFormation to a custom resource, and its answer.

Both are described in the AWS CloudFormation User Guide, "Custom resource request objects" and
"Custom resource response objects".
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from message_tracker.core.store.migrations import Phase

_LONGEST_REASON = 1_000  # the whole answer may have 4,096 bytes


class _Named(BaseModel):
    """Names its fields as CloudFormation does: `stack_id` is `StackId`."""

    model_config = ConfigDict(frozen=True, alias_generator=to_pascal, populate_by_name=True)


class MigrationProperties(_Named):
    """What the template says about the resource."""

    phase: Phase


class MigrationRequest(_Named):
    """CloudFormation asks for the resource to be created, updated or deleted."""

    request_type: Literal["Create", "Update", "Delete"]
    request_id: str
    # Whoever has it may answer: it is not logged.
    response_url: str = Field(alias="ResponseURL", pattern=r"^https?://", repr=False)
    stack_id: str
    logical_resource_id: str
    resource_properties: MigrationProperties

    def answer(self, *, fault: str = "") -> "MigrationAnswer":
        """Return the answer to this request; `fault` is why it could not be done."""
        return MigrationAnswer(
            status="FAILED" if fault else "SUCCESS",
            reason=fault[:_LONGEST_REASON],
            # It never changes: CloudFormation would have the resource of another id deleted.
            physical_resource_id=f"migrations-{self.resource_properties.phase}",
            stack_id=self.stack_id,
            request_id=self.request_id,
            logical_resource_id=self.logical_resource_id,
        )


class MigrationAnswer(_Named):
    """What the resource tells CloudFormation."""

    status: Literal["SUCCESS", "FAILED"]
    reason: str
    physical_resource_id: str
    stack_id: str
    request_id: str
    logical_resource_id: str
