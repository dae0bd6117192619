"""A Postgres of the benchmark's own, and what its sessions cost: CPU time, WAL and table bytes.

Linux only: a backend's CPU time is read from /proc.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
from psycopg.rows import DictRow

from message_tracker.core.store.database import Database
from message_tracker.local.postgres import embedded_postgres

# As durable as in production: a commit waits for the disk, and WAL holds whole pages.
_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "autovacuum": "off",  # its bursts would fall on whoever runs next
    "jit": "off",
}
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took, in seconds and bytes."""

    client: float
    backend: float
    wall: float
    wal: int

    @property
    def cpu(self) -> float:
        """CPU seconds of the client and of its Postgres backend together."""
        return self.client + self.backend


@contextmanager
def server() -> Iterator[str]:
    """Run a durable Postgres for the length of the block and yield its URL."""
    with embedded_postgres(settings=_SETTINGS) as url:
        yield url


@contextmanager
def database(server_url: str, name: str, template: str = "template1") -> Iterator[str]:
    """Yield the URL of a new database; it is dropped at the end."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        connection.execute("CHECKPOINT")
        try:
            yield f"{server_url.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@contextmanager
def connected(url: str) -> Iterator[Database]:
    """Give our own way to the database, as every Lambda has it."""
    store = Database(lambda: url, statement_timeout=timedelta(minutes=10))
    yield store
    store.close()


def measured(run: Callable[[], object], fetch: Callable[[str], list[DictRow]]) -> Cost:
    """Run it once and return what it cost.

    Args:
        run: works on one session of Postgres.
        fetch: runs a query on that same session.
    """
    backend = int(fetch("SELECT pg_backend_pid() AS pid")[0]["pid"])
    wal = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint AS bytes"
    written, wall = int(fetch(wal)[0]["bytes"]), time.perf_counter()
    client, server_side = time.process_time(), _cpu_of(backend)
    run()
    return Cost(
        client=time.process_time() - client,
        backend=_cpu_of(backend) - server_side,
        wall=time.perf_counter() - wall,
        wal=int(fetch(wal)[0]["bytes"]) - written,
    )


def _cpu_of(pid: int) -> float:
    """Return the user and system time of a process in seconds (proc(5), /proc/pid/stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
