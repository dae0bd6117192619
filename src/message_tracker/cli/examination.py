"""Runs the doctor's checks at once and in bounded time: what hangs never hides the rest."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import psycopg

from message_tracker.cli.account_checks import account_checks
from message_tracker.cli.checklist import Checklist
from message_tracker.cli.settings import DoctorSettings
from message_tracker.core.aws.checkup.clients import Clients
from message_tracker.core.aws.checkup.deployment import (
    Deployment,
    Wanted,
    deployment,
    wanted,
)
from message_tracker.core.aws.checkup.reading import guarded
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.domain.doctor import foundation
from message_tracker.core.domain.doctor.check import Check, Unread
from message_tracker.core.domain.doctor.finding import Finding, Severity
from message_tracker.core.domain.doctor.foundation import DatabaseState
from message_tracker.core.domain.errors import MessageTrackerError
from message_tracker.core.settings import DatabaseSettings
from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import pending

PATIENCE_SECONDS: Final = 25.0
_AT_A_TIME: Final = 16


def examine(clients: Clients, settings: DoctorSettings, now: datetime) -> list[Finding]:
    """Return every finding of the account and the stage, in the checks' order."""
    stage = settings.stage
    found = guarded("cloudformation:DescribeStacks", partial(deployment, clients.stacks, stage))()
    if isinstance(found, Deployment):
        return _of_stage(clients, settings, found, now)
    finding = (
        Finding(Severity.UNKNOWN, "stack", found.why) if found else foundation.missing_stack(stage)
    )
    checks = [_database_check(settings, "")] if settings.database_url else []
    return [finding, *run([*checks, *account_checks(clients, now)])]


def _of_stage(
    clients: Clients, settings: DoctorSettings, found: Deployment, now: datetime
) -> list[Finding]:
    """Return every finding of the account and of a stage whose stack was read."""
    findings = [*foundation.judge_stack(found.status, found.lacking, found.stage)]
    secret = found.outputs.get("DatabaseSecret", "")
    database = _database_check(settings, secret, found.outputs.get("DatabaseEndpoint", ""))
    if found.lacking:
        return [*findings, *run([database, *account_checks(clients, now)])]
    asked = guarded("lambda:GetFunctionConfiguration", partial(wanted, clients, found))()
    configured = asked if isinstance(asked, Wanted) else None
    if isinstance(asked, Unread):
        findings.append(Finding(Severity.UNKNOWN, "configuration", asked.why))
    checklist = Checklist(clients, now, found, configured, settings.email_identity)
    return findings + run([database, *checklist.checks()])


def run(checks: Iterable[Check[Any]], patience_seconds: float = PATIENCE_SECONDS) -> list[Finding]:
    """Run all checks at once; one that takes longer than that is unknown."""
    pool = ThreadPoolExecutor(_AT_A_TIME, "doctor")
    running = [(check, pool.submit(check.run)) for check in checks]
    done, _ = wait([future for _, future in running], patience_seconds)
    pool.shutdown(wait=False, cancel_futures=True)
    findings: list[Finding] = []
    for check, future in running:
        findings += future.result() if future in done else [_late(check, patience_seconds)]
    return findings


def _late(check: Check[Any], seconds: float) -> Finding:
    return Finding(Severity.UNKNOWN, check.subject, f"no answer within {seconds:g} s")


def _database_check(
    settings: DoctorSettings, secret: str, endpoint: str = ""
) -> Check[DatabaseState]:
    asked = partial(_database, settings, secret, endpoint)
    return Check("database", asked, foundation.judge_database)


def _database(settings: DoctorSettings, secret: str, endpoint: str) -> DatabaseState:
    try:
        where = DatabaseSettings(
            stage=settings.stage,
            database_url=settings.database_url,
            database_secret_arn=secret,
            database_endpoint=endpoint,
        )
        with closing(Database(database_url(where), patience=timedelta(0))) as database:
            return DatabaseState(pending=[one.name for one in pending(database)])
    except (MessageTrackerError, psycopg.Error) as error:
        return DatabaseState(fault=f"{type(error).__name__}: {error}")
