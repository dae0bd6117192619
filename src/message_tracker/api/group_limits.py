"""Makes groups and changes their limits."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from message_tracker.core.domain.message import GroupId
from message_tracker.core.domain.problem import Fault, Problem, RequestRefused, invalid_request
from message_tracker.core.store.group_options import GroupOptions, GroupSettings
from message_tracker.core.store.groups import is_uuid


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """The use cases of ``POST /groups`` and ``PATCH /groups/{group_id}``."""

    settings: GroupSettings
    clock: Callable[[], datetime]

    def create(self, name: str, options: GroupOptions, *, is_test: bool) -> GroupId:
        """Make a group, of test messages or of real ones, and return its id.

        Raises:
            RequestRefused: 400, the name would be taken for an id; 409, there is one of this name.
        """
        if is_uuid(name):
            detail = "`name` must not be a UUID, which would be taken for a group's id"
            raise invalid_request([Fault("#/name", "name", detail)])
        group_id = self.settings.create(name, options, self.clock(), is_test=is_test)
        if group_id is None:
            detail = "there is a group of this name: take another, or change its limits with PATCH"
            raise RequestRefused(Problem(409, "group-exists", "The group exists", detail))
        return group_id

    def change(self, group_id: UUID, options: GroupOptions, changed: Collection[str]) -> bool:
        """Set the options named in `changed`; False: there is no such group."""
        return self.settings.change(group_id, options, changed)
