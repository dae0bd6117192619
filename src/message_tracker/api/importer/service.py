"""Imports: reads lists in batches, and accepts the messages of each in one transaction.

A batch begins where the last one stored ended. So an importer may die anywhere, run out of time, or
run twice: nobody is lost and nobody is doubled. Unless the request asked for a partial acceptance,
the list is read twice: first every line is checked, and one bad line refuses them all.
"""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from message_tracker.api.enqueuing import Senders
from message_tracker.api.importer.batches import (
    Lines,
    batches,
    lines_per_batch,
    refusals_by_line,
)
from message_tracker.api.importer.lists import Lists
from message_tracker.api.recipient_lists import WAKE_UP
from message_tracker.core.domain.api_key import Caller
from message_tracker.core.domain.errors import PermanentError
from message_tracker.core.domain.list_source import AudienceSource
from message_tracker.core.domain.listed import Listed
from message_tracker.core.domain.permission import permitted
from message_tracker.core.domain.problem import RequestRefused
from message_tracker.core.domain.recipient_import import ImportState
from message_tracker.core.domain.submission import Submission
from message_tracker.core.observability import logger
from message_tracker.core.ports import Queue
from message_tracker.core.store.imports import ImportBatch, ImportJob, Imports, NoRoom

_LOGGER = logger("importer")
_CLAIM: Final = timedelta(minutes=2)  # longer than a batch takes
_MOST_ATTEMPTS: Final = 20  # without a batch stored


class Parse(Protocol):
    """Reads a request's body with recipients from a list."""

    def __call__(self, body: object, *, listed: Listed, now: datetime) -> Submission:
        """Return what it asks for; raises `RequestRefused`."""
        ...


@dataclass(frozen=True, slots=True)
class Importer:
    """Works on imports until its time is up.

    Args:
        imports: what is to be done.
        lists: where recipients are read from.
        parse: reads a request.
        senders: are woken for each batch.
        wake_ups: wakes the next importer.
        clock: tells the time, in UTC.
    """

    imports: Imports
    lists: Lists
    parse: Parse
    senders: Senders
    wake_ups: Queue
    clock: Callable[[], datetime]

    def run(self, deadline: datetime) -> int:
        """Work on what waits, and return how many messages were accepted.

        Raises:
            Unavailable: Postgres or S3 did not answer; another importer goes on in two minutes.
        """
        accepted = 0
        while self.clock() < deadline and (job := self._claim()):
            accepted += self._work(job, deadline)
        return accepted

    def _claim(self) -> ImportJob | None:
        now = self.clock()
        return self.imports.claim(now=now, until=now + _CLAIM)

    def _work(self, job: ImportJob, deadline: datetime) -> int:
        run = _Run(self, job, deadline)
        if job.attempts > _MOST_ATTEMPTS:
            self._fail(job, f"it was tried {_MOST_ATTEMPTS} times and came no further")
            return 0
        try:
            run.read()
        except NoRoom as error:
            self.imports.release(job, self.clock() + error.wait)
        except RequestRefused as error:
            details = [fault.detail for fault in error.problem.faults] or [error.problem.detail]
            self._fail(job, "; ".join(details))
        except PermanentError as error:
            self._fail(job, str(error))
        return run.accepted

    def _fail(self, job: ImportJob, reason: str) -> None:
        _LOGGER.warning("an import failed", import_id=str(job.import_id), reason=reason)
        self.imports.finish(job, ImportState.FAILED, reason, self.clock())


class _Run:
    """One importer's work on one import."""

    def __init__(self, importer: Importer, job: ImportJob, deadline: datetime) -> None:
        self._importer = importer
        self._imports = importer.imports
        self._job = job
        self._deadline = deadline
        self.accepted = 0

    def read(self) -> None:
        """Read on, to the end or as far as there is time."""
        if self._job.state is ImportState.CHECKING and not self._check():
            return
        if not self._read_batches():
            return
        self._imports.finish(self._job, ImportState.FINISHED, None, self._importer.clock())
        _LOGGER.info("import finished", import_id=str(self._job.import_id))

    def _check(self) -> bool:
        """Check the list; return whether it is to be imported now."""
        if not self._read_batches():
            return False
        checked = self._imports.end_check(self._job, self._importer.clock())
        if checked is None:
            return False
        self._job = checked
        return True

    def _read_batches(self) -> bool:
        """Read to the end; return False if the rest is left to another time, or importer."""
        with closing(self._importer.lists.lines(self._job)) as lines:
            for read in batches(lines, self._job.place, self._most_lines()):
                if not self._store(read):
                    return False
                if self._importer.clock() >= self._deadline:
                    self._hand_over()
                    return False
        return True

    def _store(self, read: Lines) -> bool:
        importer, job = self._importer, self._job
        batch = self._batch(read)
        now = importer.clock()
        messages = self._imports.store(job, batch, now=now, until=now + _CLAIM)
        if messages is None:
            return False
        self._job = replace(job, place=batch.end, last_member=batch.last_member)
        self.accepted += len(messages)
        if messages:
            importer.senders.wake(
                replace(batch.submission, messages=messages), accepted_at=job.accepted_at
            )
        return True

    def _batch(self, read: Lines) -> ImportBatch:
        job = self._job
        named = [one for line in read.lines for one in line.addressees]
        wanted = [one for one in named if one.channel in job.content_ids]
        submission = _permitted(
            self._importer.parse(
                job.body, listed=Listed(wanted, is_excerpt=True), now=job.accepted_at
            ),
            job.caller,
        )
        refused = [*(fault for line in read.lines for fault in line.faults),
                   *(submission.refused or ())]  # fmt: skip
        return ImportBatch(
            submission=submission,
            refusals=refusals_by_line([(fault.pointer, fault.detail) for fault in refused]),
            skipped=len(named) - len(wanted),
            end=read.end,
            last_member=(wanted[-1].channel, wanted[-1].address)
            if isinstance(job.source, AudienceSource)
            else None,
        )

    def _most_lines(self) -> int:
        return lines_per_batch(len(json.dumps(self._job.body.get("data"))))

    def _hand_over(self) -> None:
        self._imports.release(self._job)
        self._importer.wake_ups.send([WAKE_UP])


def _permitted(submission: Submission, caller: Caller) -> Submission:
    """Return what of a batch the caller's key may send; the others are refused line by line."""
    try:
        return permitted(submission, caller)
    except RequestRefused as error:
        if not error.problem.faults:
            raise
        return replace(submission, messages=[], refused=error.problem.faults)
