"""How much memory an import takes, told by a process that does nothing else."""

import json
import multiprocessing
import resource
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

from benchmarks.intake_parts import caller, importer, intake_service, quiet
from benchmarks.measured_postgres import connected
from message_tracker.api.service import SendCall


class _TakesAll:
    """A queue that keeps nothing."""

    def send(self, bodies: Sequence[str]) -> list[int]:  # noqa: ARG002 - the port's
        """Refuse none."""
        return []


def peak_megabytes(database_url: str, recipients: int) -> float:
    """Return the peak of resident memory of a process that imports a list of so many."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_import, args=(theirs, database_url, recipients))
    process.start()
    theirs.close()
    try:
        peak: float = ours.recv()
    finally:
        process.join()
    return peak


def _import(told: Connection, database_url: str, recipients: int) -> None:
    queue = _TakesAll()
    request = {
        "recipients_url": f"s3://lists/{recipients}.csv",
        "subject": "News for {{ name }}",
        "text": "Hello {{ name }}",
        "partial": True,
    }
    with quiet(), connected(database_url) as store:
        call = SendCall(caller(store), None, json.dumps(request).encode())
        intake_service(store, queue).send(call)
        accepted = importer(store, queue, recipients).run(datetime.now(UTC) + timedelta(hours=1))
    if accepted != recipients:
        raise AssertionError(f"{accepted} messages of {recipients} recipients")
    told.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
