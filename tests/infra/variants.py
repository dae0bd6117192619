"""The stack with its switches thrown: which there are, and in which combinations it is looked at.

Every value of a switch meets every value of every other in one row at least. Faults of a template
are of one switch or of two: to try all combinations would take an hour, and find the same.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from infra.config import ROOT
from infra.synth import environment_of_apps
from tests.infra.cloudformation import Template

_TIMEOUT_SECONDS: Final = 250
KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/1a2b3c4d-0000-4000-8000-1a2b3c4d5e6f"
SENTRY_DSN: Final = "https://key@sentry.example.test/1"
VPC: Final = "vpc-0123456789abcdef0"
SUBNETS: Final = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
CERTIFICATE: Final = "arn:aws:acm:us-east-1:123456789012:certificate/of-the-api"

# What each value of a switch sets; the stage itself is the first of them.
SWITCHES: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "stage": {"dev": {"daily_report": True, "region": "us-east-1"}, "prod": {}, "local": {}},
    "channels": {
        "both": {},
        "email": {"channels": "email", "text_origination_identity": ""},
        "text": {"channels": "text", "email_from": "", "report_from": "Reports <r@example.com>"},
    },
    "identity": {
        "existing": {},
        "new": {"creates_email_identity": True, "email_mail_from_domain": "bounce.example.com"},
    },
    "domain": {
        "own": {},
        "custom": {"api_domain": "mail.example.com", "api_certificate_arn": CERTIFICATE},
    },
    "start": {
        "cold": {},
        "provisioned": {"api_provisioned_concurrency": 2},
        "snapshot": {"api_snap_start": True},
    },
    "key": {
        "aws": {},
        "made": {"creates_kms_key": True},
        "given": {"kms_key_arn": KEY},
    },
    "events": {"archive": {}, "topic": {"sns_route": True}},
    "errors": {"logged": {}, "told": {"sentry_dsn": SENTRY_DSN}},
    "database": {
        "url": {"database": "url", "database_max_connections": 200},
        "aurora": {"database": "aurora"},
        "closed": {"database": "aurora", "vpc_egress": "endpoints", "database_standby": True},
        "theirs": {"database": "aurora", "vpc_id": VPC, "vpc_subnet_ids": SUBNETS},
    },
}

# Each a value of every switch, in the order of `SWITCHES`.
ROWS: Final = (
    ("prod", "both", "existing", "own", "cold", "aws", "archive", "logged", "url"),
    ("prod", "both", "existing", "custom", "snapshot", "given", "topic", "told", "closed"),
    ("prod", "text", "existing", "own", "provisioned", "made", "topic", "logged", "theirs"),
    ("dev", "email", "new", "custom", "provisioned", "given", "topic", "logged", "url"),
    ("dev", "email", "existing", "own", "cold", "made", "archive", "told", "closed"),
    ("local", "both", "new", "custom", "provisioned", "made", "archive", "told", "aurora"),
    ("prod", "email", "new", "own", "snapshot", "aws", "topic", "told", "aurora"),
    ("dev", "text", "existing", "own", "cold", "given", "topic", "logged", "aurora"),
    ("local", "email", "new", "custom", "cold", "given", "archive", "told", "theirs"),
    ("dev", "both", "new", "custom", "snapshot", "aws", "archive", "logged", "theirs"),
    ("local", "text", "existing", "own", "snapshot", "made", "topic", "told", "url"),
    ("local", "text", "new", "custom", "provisioned", "aws", "archive", "logged", "closed"),
)


@dataclass(frozen=True, slots=True)
class Variant:
    """A stage with switches thrown, and the template that comes of it."""

    values: Mapping[str, str]
    template: Template


def name_of(row: tuple[str, ...]) -> str:
    """Return what a row's assembly is called."""
    return "-".join(row)


def with_value(variants: Mapping[str, Variant], **values: str) -> list[Variant]:
    """Return the variants whose switches have these values; there is one, or the test is void."""
    found = [each for each in variants.values() if values.items() <= each.values.items()]
    assert found, f"no row has {values}"
    return found


def pairs_of(row: tuple[str, ...]) -> set[frozenset[tuple[str, str]]]:
    """Return every two values that meet in a row, each with its switch."""
    return set(map(frozenset, combinations(zip(SWITCHES, row, strict=True), 2)))


def all_pairs() -> Iterator[frozenset[tuple[str, str]]]:
    """Yield every two values of two switches."""
    for one, other in combinations(SWITCHES, 2):
        for value in SWITCHES[one]:
            for another in SWITCHES[other]:
                yield frozenset({(one, value), (other, another)})


def synthesized(folder: Path) -> dict[str, Variant]:
    """Synthesize every row below `folder`, in a process of its own."""
    wanted = {name_of(row): {"stage": row[0], "fields": _fields(row)} for row in ROWS}
    done = subprocess.run(  # noqa: S603 - our own fixed command
        [sys.executable, "-m", "tests.infra.synthesize_variants", str(folder)],
        cwd=ROOT,
        env=environment_of_apps(),
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {
        name_of(row): Variant(dict(zip(SWITCHES, row, strict=True)), _template(folder, row))
        for row in ROWS
    }


def _fields(row: tuple[str, ...]) -> dict[str, Any]:
    return {
        field: value
        for switch, chosen in zip(SWITCHES, row, strict=True)
        for field, value in SWITCHES[switch][chosen].items()
    }


def _template(folder: Path, row: tuple[str, ...]) -> Template:
    path = folder / name_of(row) / "MessageTracker.template.json"
    return Template(json.loads(path.read_text()))
