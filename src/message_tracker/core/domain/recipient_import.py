"""An import: a request whose recipients are read later, from an object or a large audience."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from message_tracker.core.domain.list_source import ListSource


class ImportState(StrEnum):
    """Where an import stands."""

    CHECKING = "checking"  # every line is read once before anything is accepted
    IMPORTING = "importing"  # messages are accepted, batch by batch
    FINISHED = "finished"
    REFUSED = "refused"  # a line was bad, and nothing was accepted
    FAILED = "failed"  # the list cannot be read further; what was accepted stays


@dataclass(frozen=True, slots=True)
class NewImport:
    """An import to be stored with its request.

    Args:
        import_id: its id.
        source: where the recipients are.
        body: the request, to be read again with each batch of them.
        is_partial: accept the good lines even if others are bad: no line is checked beforehand.
    """

    import_id: UUID
    source: ListSource
    body: Mapping[str, Any]
    is_partial: bool

    @property
    def state(self) -> ImportState:
        """Return what is done first."""
        return ImportState.IMPORTING if self.is_partial else ImportState.CHECKING
