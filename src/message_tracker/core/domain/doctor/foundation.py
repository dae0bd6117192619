"""What everything stands on: the stack, the database, its secret, and this machine's clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from message_tracker.core.domain.doctor.finding import AwsCall, Finding, Severity, Shell, verdict
from message_tracker.core.domain.doctor.observed import Observed

# AWS refuses signatures that are older (IAM User Guide, "Troubleshoot Signature Version 4").
_REFUSED: Final = timedelta(minutes=5)
_NOTABLE: Final = timedelta(seconds=1)


class Secret(Observed):
    """Secrets Manager DescribeSecret."""

    deleted_date: datetime | None = None


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What the database answered: the migrations it lacks, or why it did not answer."""

    pending: Sequence[str] = ()
    fault: str = ""


def judge_stack(status: str, lacking: Sequence[str], stage: str) -> Iterator[Finding]:
    """Judge whether the last deployment of the stack came to its end, and was of this version.

    Args:
        status: as CloudFormation has it.
        lacking: the outputs that it should have, and has not.
        stage: whose stack.
    """
    is_complete = status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    yield verdict(
        "stack",
        holds=is_complete,
        says=f"message-tracker-{stage} is deployed",
        otherwise=f"message-tracker-{stage} is {status}",
        fix=Shell(f"make deploy STAGE={stage}"),
        severity=Severity.WARN if "ROLLBACK_COMPLETE" in status else Severity.FAIL,
    )
    if lacking:
        says = f"it has no output {', '.join(lacking)}: another version made it"
        fix = Shell(f"make deploy STAGE={stage}")
        yield Finding(Severity.FAIL, "stack outputs", says, fix)


def missing_stack(stage: str) -> Finding:
    """Return what to do where there is no such stack in this account and region."""
    says = f"there is no stack message-tracker-{stage} in this account and region"
    return Finding(Severity.FAIL, "stack", says, Shell(f"make deploy STAGE={stage}"))


def judge_database(state: DatabaseState) -> Iterator[Finding]:
    """Judge whether Postgres answers, with the schema of this version."""
    if state.fault:
        fix = Shell('psql "$MT_DATABASE_URL" -c "SELECT version()"')
        yield Finding(Severity.FAIL, "database", state.fault, fix)
        return
    yield verdict(
        "database",
        holds=not state.pending,
        says="reachable, its schema up to date",
        otherwise=f"pending migrations: {', '.join(state.pending)}",
        fix=Shell("message-tracker migrate"),
    )


def missing_secret(subject: str, stage: str) -> Finding:
    """Return what to do where a secret of the stack's own is not there."""
    says = "it does not exist"
    return Finding(Severity.FAIL, subject, says, Shell(f"make deploy STAGE={stage}"))


def missing_database_secret(name: str) -> Finding:
    """Return what to do where the secret with the database's URL is not there."""
    return Finding(
        Severity.FAIL,
        "database secret",
        f"{name} does not exist",
        AwsCall(
            "secretsmanager",
            "CreateSecret",
            {
                "Name": name,
                "SecretString": "postgresql://<user>:<password>@<host>/<name>?sslmode=verify-full",
            },
        ),
    )


def judge_secret(secret: Secret, subject: str, name: str) -> Iterator[Finding]:
    """Judge whether a secret is there to stay."""
    yield verdict(
        subject,
        holds=secret.deleted_date is None,
        says="present",
        otherwise=f"it is deleted, and gone for good on {secret.deleted_date}",
        fix=AwsCall("secretsmanager", "RestoreSecret", {"SecretId": name}),
    )


def judge_clock(off: timedelta) -> Finding:
    """Judge how far this machine's clock is off, by the `Date` of AWS' answers."""
    seconds = abs(off) / timedelta(seconds=1)
    return verdict(
        "clock",
        holds=abs(off) < _NOTABLE,
        says="right, as far as answers tell",
        otherwise=f"{seconds:.0f} s {'behind' if off > timedelta() else 'ahead'}",
        fix=Shell("sudo timedatectl set-ntp true"),
        severity=Severity.FAIL if abs(off) >= _REFUSED else Severity.WARN,
    )
