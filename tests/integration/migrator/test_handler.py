"""CloudFormation asks for a migration and waits for the answer at its URL."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from message_tracker.core.store import migrations
from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import Migration, available
from message_tracker.migrator.handler import handler
from tests import postgres
from tests.failed_messages import a_context as some_context

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/message-tracker-prod/1"
BROKEN = Migration(9999, "9999_pre_break.sql", "SELECT 1 / 0")
IS_THERE = "SELECT to_regclass('message') IS NOT NULL AS is_there"


class Waiting(ThreadingHTTPServer):
    """Where CloudFormation waits for answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        self.refusals = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/answer?X-Amz-Signature=1"


class Taker(BaseHTTPRequestHandler):
    """Takes one answer, or refuses it."""

    server: Waiting

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refused, self.server.refusals = self.server.refusals > 0, self.server.refusals - 1
        if not refused:
            self.server.answers.append(json.loads(body))
            self.server.content_types.append(self.headers["Content-Type"])
        self.send_response(503 if refused else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening() -> Iterator[Waiting]:
    with Waiting() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cloudformation() -> Iterator[Waiting]:
    with listening() as server:
        yield server


@pytest.fixture
def empty(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An empty database, which the function is set up for."""
    with postgres.fresh_database(postgres_url) as url:
        monkeypatch.setenv("MT_STAGE", "prod")
        monkeypatch.setenv("MT_DATABASE_URL", url)
        database = Database(lambda: url)
        yield database
        database.close()


class Minute(LambdaContext):
    """An invocation with a minute left."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


def a_context() -> LambdaContext:
    """Return the context of such an invocation."""
    context = Minute()
    context.__dict__.update(some_context().__dict__)
    return context


def asked(server: Waiting, kind: str = "Create", phase: str = "pre") -> dict[str, Any]:
    """Return CloudFormation's request as its documentation shows one."""
    return {
        "RequestType": kind,
        "RequestId": "unique-1",
        "ResponseURL": server.url,
        "ResourceType": "Custom::Migrations",
        "LogicalResourceId": "MigrationsPre",
        "PhysicalResourceId": "migrations-pre",
        "StackId": STACK,
        "ResourceProperties": {"ServiceToken": "arn:…", "Phase": phase, "Files": "0f"},
    }


def test_a_deployment_migrates_and_is_told_so(cloudformation: Waiting, empty: Database) -> None:
    handler(asked(cloudformation), a_context())

    assert [{"is_there": True}] == empty.fetch(IS_THERE)
    assert [
        {
            "Status": "SUCCESS",
            "Reason": "",
            "PhysicalResourceId": "migrations-pre",
            "StackId": STACK,
            "RequestId": "unique-1",
            "LogicalResourceId": "MigrationsPre",
        }
    ] == cloudformation.answers


def test_an_update_is_answered_with_the_same_id(cloudformation: Waiting, empty: Database) -> None:
    for kind in ("Create", "Update"):
        handler(asked(cloudformation, kind), a_context())

    first, second = cloudformation.answers
    assert first == second


def test_the_second_phase_waits_for_its_turn(
    cloudformation: Waiting, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = available()
    removal = Migration(9999, "9999_post_drop_report_run.sql", "DROP TABLE report_run CASCADE")
    monkeypatch.setattr(migrations, "available", lambda: [*known, removal])
    monkeypatch.setenv("MT_STAGE", "prod")
    monkeypatch.setenv("MT_DATABASE_URL", database_url)
    found = []

    for phase in ("pre", "post"):
        handler(asked(cloudformation, phase=phase), a_context())
        found += database.fetch("SELECT to_regclass('report_run') IS NULL AS is_gone")

    assert [{"is_gone": False}, {"is_gone": True}] == found
    assert ["SUCCESS", "SUCCESS"] == [answer["Status"] for answer in cloudformation.answers]


def test_a_failed_migration_fails_the_deployment_and_changes_nothing(
    cloudformation: Waiting, empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = available()
    monkeypatch.setattr(migrations, "available", lambda: [*known, BROKEN])

    handler(asked(cloudformation), a_context())

    (answer,) = cloudformation.answers
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == ("9999_pre_break.sql: 22012: DivisionByZero; nothing was changed")
    assert [{"is_there": False}] == empty.fetch(IS_THERE)


@pytest.mark.parametrize(
    ("change", "state"),
    [("CREATE UNIQUE INDEX u ON t (c)", "23505"), ("SELECT c::integer FROM t", "22P02")],
)
def test_what_a_row_holds_reaches_neither_the_log_nor_the_deployment(
    cloudformation: Waiting,
    empty: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    change: str,
    state: str,
) -> None:
    twice = "CREATE TABLE t AS SELECT 'jane@example.com' AS c FROM generate_series(1, 2);"
    failing = Migration(9999, "9999_pre_fail.sql", f"{twice} {change}")
    known = available()
    monkeypatch.setattr(migrations, "available", lambda: [*known, failing])

    handler(asked(cloudformation), a_context())

    log = caplog.text + str([vars(record) for record in caplog.records])
    (answer,) = cloudformation.answers
    assert state in log
    assert state in answer["Reason"]
    assert "jane" not in log + str(answer)


def test_a_missing_setting_fails_the_deployment_too(
    cloudformation: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MT_STAGE", "prod")
    monkeypatch.delenv("MT_DATABASE_URL", raising=False)
    monkeypatch.delenv("MT_DATABASE_SECRET_ARN", raising=False)

    handler(asked(cloudformation), a_context())

    (answer,) = cloudformation.answers
    assert "FAILED" == answer["Status"]
    assert answer["Reason"].startswith("MT_DATABASE_SECRET_ARN: is not set")


def test_a_deletion_touches_nothing(cloudformation: Waiting, empty: Database) -> None:
    handler(asked(cloudformation, "Delete"), a_context())

    assert [{"is_there": False}] == empty.fetch(IS_THERE)
    assert ["SUCCESS"] == [answer["Status"] for answer in cloudformation.answers]


def test_an_answer_that_is_not_taken_is_given_again(
    cloudformation: Waiting, empty: Database
) -> None:
    cloudformation.refusals = 2

    handler(asked(cloudformation), a_context())

    assert ["SUCCESS"] == [answer["Status"] for answer in cloudformation.answers]


def test_an_answer_that_nobody_takes_is_an_error(cloudformation: Waiting, empty: Database) -> None:
    cloudformation.refusals = 3

    with pytest.raises(OSError, match="503"):
        handler(asked(cloudformation), a_context())


def test_an_answer_has_no_content_type_which_its_signature_would_lack(
    cloudformation: Waiting, empty: Database
) -> None:
    handler(asked(cloudformation, "Delete"), a_context())

    assert [""] == cloudformation.content_types


def test_only_the_web_is_answered() -> None:
    with listening() as server:
        request = {**asked(server), "ResponseURL": "file:///etc/passwd"}

    with pytest.raises(ValidationError, match="ResponseURL"):
        handler(request, a_context())
