"""`make test-previous`: the previous release's own tests on the present schema.

    python scripts/previous_release.py [TAG]

A deployment migrates before it replaces the code, so the released code must work on the new schema.
It is set up with its own locked dependencies. Its tests make their databases as copies of the
server's `template1`, which is migrated here first.
"""

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from psycopg.conninfo import make_conninfo

from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import Phase, migrate
from message_tracker.local.postgres import embedded_postgres

ROOT = Path(__file__).resolve().parent.parent
# What speaks to Postgres while a deployment is under way: intake, sender, processor, reporter.
_TESTS = ("store", "sender", "event_processor", "reporter", "webhooks", "api")
_SECONDS = 1800
# The test of the API that a newer schema must fail, by tag.
_OF_ITS_OWN_SCHEMA = {
    # It expects the number of its own last migration in an answer.
    "v0.1.0": "test_groups.py::test_health_names_the_channels_that_are_parked_and_not_why",
}


def main() -> int:
    """Run them and return pytest's exit code."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("tag", nargs="?", help="of the release; the last one by default")
    tag = parser.parse_args().tag or _last_tag()
    if not tag:
        print("this clone has no tag of a release: git fetch --tags")
        return 1
    with tempfile.TemporaryDirectory(prefix="message-tracker-release-") as folder:
        _check_out(tag, Path(folder))
        _set_up(Path(folder))
        with embedded_postgres() as url:
            _migrate(make_conninfo(url, dbname="template1"))
            print(f"the tests of {tag} on the present schema:", flush=True)
            return _run_tests(Path(folder), url, _OF_ITS_OWN_SCHEMA.get(tag))


def _last_tag() -> str:
    command = ["git", "describe", "--tags", "--abbrev=0", "--match", "v*"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603 - our own
    return done.stdout.strip()


def _check_out(tag: str, folder: Path) -> None:
    command = ["git", "archive", tag]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")


def _set_up(folder: Path) -> None:
    command = [sys.executable, str(Path("scripts", "setup.py"))]
    subprocess.run(command, cwd=folder, check=True, timeout=_SECONDS)  # noqa: S603 - our own


def _migrate(url: str) -> None:
    database = Database(lambda: url)
    migrate(database, now=datetime.now(UTC), phases={Phase.PRE})
    database.close()  # a database someone is connected to cannot be copied


def _run_tests(folder: Path, url: str, left_out: str | None) -> int:
    tests = [str(Path("tests", "integration", name)) for name in _TESTS]
    environment = {
        **os.environ,  # noqa: TID251 - the child needs the same machine
        "PYTHONPATH": str(folder / "src"),
        "MT_TEST_DATABASE_URL": url,
    }
    python = str(folder / ".venv" / "bin" / "python")
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    if left_out:
        command.append(f"--deselect=tests/integration/api/{left_out}")
    done = subprocess.run(command, cwd=folder, env=environment, check=False, timeout=_SECONDS)  # noqa: S603 - our own
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
