"""The failure reports that were sent, as the archive keeps them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from message_tracker.core.domain.errors import Forged, PermanentError
from message_tracker.core.domain.links import REPORT_LINK_LASTS
from message_tracker.core.domain.signed_token import Purpose, key_id_of, verify
from message_tracker.core.ports import KeyRing, ObjectStore
from message_tracker.core.store.reports import KeptReport, SentReports

MOST_BYTES = 4_000_000
"""How much of a list is answered: a Lambda's answer is 6 MB at most, with what JSON escapes."""


class Form(StrEnum):
    """What a report may be had as: the ending of its key."""

    HTML = "html"
    TEXT = "txt"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class ReportDesk:
    """Lists reports, and fetches them from where they are kept."""

    sent: SentReports
    objects: ObjectStore
    bucket: str
    keys: KeyRing
    clock: Callable[[], datetime]

    def page(self, kind: str | None, after: UUID | None, limit: int) -> list[KeptReport]:
        """Return the reports after one, the latest period first."""
        return self.sent.page(kind, after, limit)

    def linked(self, token: str) -> UUID:
        """Return which report a link shows: that one alone, and for some weeks.

        Raises:
            Forged: the token is none of ours, or too old.
        """
        claim = verify(Purpose.REPORT, token, self.keys.keys(key_id_of(token)))
        if self.clock() - claim.made_at > REPORT_LINK_LASTS:
            raise Forged("the token is too old")
        return claim.message_id

    def read(self, report_id: UUID, form: Form) -> str | None:
        """Return a report; None if none has this id, or if it is no longer kept.

        A list that is too long for one answer is cut after a line, and says where the rest is.
        """
        found = self.sent.find(report_id)
        if found is None:
            return None
        key = f"{found.object_key.removesuffix(Form.HTML)}{form}"
        try:
            with self.objects.open(self.bucket, key) as stream:
                content = stream.read(MOST_BYTES + 1)
        except PermanentError:
            return None
        if len(content) <= MOST_BYTES:
            return content.decode()
        lines = content[: content.rindex(b"\n", 0, MOST_BYTES) + 1].decode()
        return f"{lines}cut here; the whole list is s3://{self.bucket}/{key}\r\n"
