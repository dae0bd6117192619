"""What the doctor finds: how bad it is, in words, and the command that mends it."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TOOLS: Final = {"s3": "s3api"}  # where the AWS CLI does not call a service as its API is called


class Severity(StrEnum):
    """In ascending order: the worst finding decides."""

    PASS = "pass"  # noqa: S105 - no password
    UNKNOWN = "unknown"  # it could not be read
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class AwsCall:
    """One call of an AWS API, by the names that boto3 and the service's model have for it."""

    service: str
    operation: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The call as a command of the AWS CLI."""
        words = ["aws", _TOOLS.get(self.service, self.service), kebab(self.operation)]
        for name, value in self.parameters.items():
            words += _option(kebab(name), value)
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Shell:
    """Any other command; what only a person knows stands in angle brackets."""

    text: str


Fix = AwsCall | Shell


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's answer."""

    severity: Severity
    subject: str
    says: str
    fix: Fix | None = None


def verdict(
    subject: str,
    *,
    holds: bool,
    says: str,
    otherwise: str,
    fix: Fix | None = None,
    severity: Severity = Severity.FAIL,
) -> Finding:
    """Return that `subject` passes, or, where that does not hold, what it is otherwise."""
    if holds:
        return Finding(Severity.PASS, subject, says)
    return Finding(severity, subject, otherwise, fix)


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the severity of the worst; pass when there is none."""
    ranks = list(Severity)
    return max((one.severity for one in findings), key=ranks.index, default=Severity.PASS)


def kebab(name: str) -> str:
    """Return a name of an API as the AWS CLI spells it: `QueueUrl` as `queue-url`."""
    return _WORDS.sub("-", name).lower()


def _option(name: str, value: object) -> list[str]:
    match value:
        case bool():
            return [f"--{name}" if value else f"--no-{name}"]
        case list() | tuple() if all(isinstance(one, str) for one in value):
            return [f"--{name}", *map(shlex.quote, map(str, value))]
        case list() | tuple() | Mapping():
            return [f"--{name}", shlex.quote(json.dumps(value))]
        case _:
            return [f"--{name}", shlex.quote(str(value))]
