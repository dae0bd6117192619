"""Where an import's recipients are read from: an object, or an audience."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Final

from message_tracker.api.list_file import format_of, read_list
from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.errors import PermanentError
from message_tracker.core.domain.list_source import AudienceSource, ObjectSource
from message_tracker.core.domain.recipient_list import ListLine, Place
from message_tracker.core.ports import PinnedObjects
from message_tracker.core.store.audiences import Audiences
from message_tracker.core.store.imports import ImportJob

_MEMBERS_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Lists:
    """Reads lists on from where an import stands, in bounded memory."""

    audiences: Audiences
    objects: PinnedObjects
    rules: AddressRules

    def lines(self, job: ImportJob) -> Generator[ListLine, None, None]:
        """Yield the rest of an import's list; a member of an audience is a line.

        Raises:
            PermanentError: the list has gone, is another by now, or cannot be read.
            Unavailable: it does not answer now.
        """
        if isinstance(job.source, ObjectSource):
            yield from self._of_object(job, job.source)
        elif isinstance(job.source, AudienceSource):
            yield from self._of_audience(job, job.source)
        else:
            raise PermanentError("the audience was deleted")

    def _of_object(self, job: ImportJob, source: ObjectSource) -> Generator[ListLine, None, None]:
        form = format_of(source.key)
        if form is None:
            raise PermanentError("the object's name does not say how it is written")
        stream = self.objects.open(source.bucket, source.key, etag=source.etag)
        yield from read_list(stream, form, job.place, self.rules)

    def _of_audience(
        self, job: ImportJob, source: AudienceSource
    ) -> Generator[ListLine, None, None]:
        number, last = job.place.line, job.last_member
        while members := self.audiences.members(
            source.audience_id, job.content_ids, most=_MEMBERS_AT_ONCE, after=last
        ):
            for member in members:
                number += 1
                named = replace(member, pointer=f"#/lines/{number}")
                yield ListLine(number, Place(line=number), [named])
            last = (members[-1].channel, members[-1].address)
