import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from message_tracker.local.ports import PortInUse
from message_tracker.local.postgres import create_database, embedded_postgres

# A shell gives background jobs an ignored SIGINT; a terminal's program, as meant here, has not.
HOLD = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from message_tracker.local.postgres import embedded_postgres
with embedded_postgres() as url:
    print(url, flush=True)
    import time; time.sleep(60)
"""


def data_directory(url: str) -> Path:
    with psycopg.connect(url) as connection:
        found = connection.execute("SHOW data_directory").fetchone()
    assert found is not None
    return Path(str(found[0]))


def listens(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_server_is_gone_with_its_folder_when_the_block_ends() -> None:
    with embedded_postgres() as url:
        folder = data_directory(url).parent
        assert folder.is_dir()

    assert not folder.exists()
    assert not listens(url)


def test_the_server_is_gone_after_an_exception() -> None:
    with pytest.raises(LookupError), embedded_postgres() as url:
        raise LookupError

    assert not listens(url)


def test_ctrl_c_stops_the_server_and_removes_its_folder() -> None:
    holder = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", HOLD], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert holder.stdout is not None
    url = holder.stdout.readline().decode().strip()
    folder = data_directory(url).parent

    holder.send_signal(signal.SIGINT)
    holder.wait(15)

    holder.stdout.close()
    assert not listens(url)
    assert not folder.exists()


def test_a_wrong_password_is_refused() -> None:
    with embedded_postgres() as url:
        user, _, host = url.removeprefix("postgresql://").partition("@")

        assert not listens(f"postgresql://{user.partition(':')[0]}:wrong@{host}")


def test_only_loopback_tcp_is_listened_on() -> None:
    with embedded_postgres() as url, psycopg.connect(url) as connection:
        shown = connection.execute(
            "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')"
        ).fetchone()

    assert shown == ("127.0.0.1", "")


def test_a_given_folder_is_kept_and_its_databases_are_there_next_time() -> None:
    with tempfile.TemporaryDirectory() as folder:
        cluster = Path(folder, "cluster")
        with embedded_postgres(cluster) as url:
            create_database(url, "kept")

        with embedded_postgres(cluster) as url:
            assert listens(f"{url.rpartition('/')[0]}/kept")


def test_a_taken_port_is_refused_before_anything_starts() -> None:
    with embedded_postgres() as url:
        port = psycopg.conninfo.conninfo_to_dict(url)["port"]

        with pytest.raises(PortInUse, match=f"port {port} for Postgres"):
            embedded_postgres(port=int(str(port))).__enter__()


def test_root_runs_the_server_as_nobody_and_others_as_themselves() -> None:
    with embedded_postgres() as url:
        owner = data_directory(url).stat().st_uid

    assert owner == (65534 if os.geteuid() == 0 else os.geteuid())
