"""Redrives: which messages, what stands against each, and putting them up to be sent again."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from psycopg.rows import DictRow

from message_tracker.core.domain.message import GroupState, Kind
from message_tracker.core.domain.redrive import Candidate, Consent, Selection, Verdict, verdict
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database
from message_tracker.core.store.groups import is_uuid
from message_tracker.core.store.queries import queries

_QUERIES = queries("redrives")

MOST = 5_000
"""Messages of one batch: some 200 ms of work."""

Judged = dict[Verdict, list[UUID]]


class Redrives:
    """Plans redrives and carries them out, both in batches.

    Args:
        database: where the messages are.
        most: how many messages one batch takes.
    """

    def __init__(self, database: Database, *, most: int = MOST) -> None:
        self._database = database
        self.most = most

    def select(self, selection: Selection) -> list[UUID]:
        """Return the messages of a selection, those that were given up first."""
        by_id = selection.group is not None and is_uuid(selection.group)
        parameters = {
            "group_id": UUID(selection.group) if selection.group and by_id else None,
            "group_name": None if by_id else selection.group,
            "cause": selection.cause,
            "statuses": selection.statuses and list(selection.statuses),
            "since": selection.since,
            "until": selection.until,
            # A cause alone would be looked for among all messages ever sent.
            "is_given_up": selection.cause is not None and selection.group is None,
            "with_tests": selection.group is not None,
        }
        (row,) = self._database.fetch(_QUERIES["select_messages"], parameters)
        found: list[UUID] = row["message_ids"]
        return found

    def plan(
        self, message_ids: Sequence[UUID], consent: Consent, *, now: datetime
    ) -> Iterator[Judged]:
        """Yield what would become of the messages, some at a time; nothing is changed."""
        for begin in range(0, len(message_ids), self.most):
            batch = list(message_ids[begin : begin + self.most])
            rows = self._database.fetch(_QUERIES["candidates"], {"message_ids": batch})
            judged: Judged = {}
            for candidate in map(_candidate, rows):
                judged.setdefault(verdict(candidate, consent, now), []).append(candidate.message_id)
            if missing := set(batch).difference(row["message_id"] for row in rows):
                judged[Verdict.UNKNOWN] = sorted(missing)
            yield judged

    def count(
        self, message_ids: Sequence[UUID], consent: Consent, *, now: datetime
    ) -> Iterator[Counter[Verdict]]:
        """Yield how many messages would come to what, some at a time; nothing is changed."""
        for judged in self.plan(message_ids, consent, now=now):
            yield Counter({one: len(ids) for one, ids in judged.items()})

    def carry_out(
        self, message_ids: Sequence[UUID], consent: Consent, *, now: datetime
    ) -> Iterator[Counter[Verdict]]:
        """Redrive the messages, some at a time, and yield how many came to what.

        Each batch is judged as it stands by then. A repeat finds the messages waiting, and of two
        runs at once each message is redriven by one.
        """
        for judged in self.plan(message_ids, consent, now=now):
            counts = Counter({one: len(ids) for one, ids in judged.items()})
            if planned := judged.get(Verdict.REDRIVEN):
                revived = self._revive(planned, consent, now)
                counts[Verdict.CHANGED] += len(planned) - revived
                counts[Verdict.REDRIVEN] = revived
            yield +counts

    def _revive(self, message_ids: list[UUID], consent: Consent, now: datetime) -> int:
        parameters = {
            "message_ids": message_ids,
            "even_if_sent_twice": consent.even_if_sent_twice,
            "now": now,
        }
        return len(self._database.fetch(_QUERIES["revive_messages"], parameters))


def _candidate(row: DictRow) -> Candidate:
    return Candidate(
        message_id=row["message_id"],
        status=MessageStatus(row["status"]),
        kind=Kind(row["kind"]),
        group_state=GroupState(row["group_state"]),
        expires_at=row["expires_at"],
        suppression_reasons=row["suppression_reasons"] or (),
        has_recipient=row["has_recipient"],
    )
