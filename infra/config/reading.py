"""Reading a stage: what stands where, what overrules what, and how a fault is told.

Field `email_from` stands in `cdk.json` under `context.stages.<stage>`; the variable
`MT_EMAIL_FROM`, in the environment or in `.env`, overrules it (lists are separated by commas).
The local stage is the same on every machine: nothing overrules it.
"""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_core import ErrorDetails

ROOT = Path(__file__).resolve().parents[2]
LOCAL = "local"


class InvalidConfiguration(ValueError):
    """The stage's configuration cannot be used; the message names each field and the remedy."""


def values_of(
    stage: str,
    stages: Mapping[str, Mapping[str, object]],
    fields: Collection[str],
    env_file: Path | None,
) -> dict[str, object]:
    """Return what stands for `stage`, overruled where it may be.

    Args:
        stage: its name in `stages`.
        stages: the `stages` of cdk.json's context.
        fields: those that a variable may set.
        env_file: a dotenv file which, as the environment does, overrules `stages`; with None
            (and for the local stage) nothing overrules them.

    Raises:
        InvalidConfiguration: the stage is unknown.
    """
    if stage not in stages:
        known = ", ".join(sorted(stages))
        raise InvalidConfiguration(
            f"stage {stage!r} is not in cdk.json (it has: {known}): add it under context.stages"
        )
    overruled = _overrides(fields, env_file) if env_file and stage != LOCAL else {}
    return {**stages[stage], **overruled}


def explained(stage: str, error: ValidationError) -> str:
    """Return what is wrong with a stage's values, field by field, and where to mend it."""
    faults = [
        f"  {'.'.join(map(str, fault['loc']))}: {_said(fault)}"
        if fault["loc"]
        # of several fields, which it names itself
        else f"  {_said(fault)}"
        for fault in error.errors()
    ]
    return "\n".join(
        [
            f"stage {stage!r} is not configured:",
            *faults,
            f"Set each in cdk.json under context.stages.{stage}, or as MT_<FIELD> in .env.",
        ]
    )


def _said(fault: ErrorDetails) -> str:
    return fault["msg"].removeprefix("Value error, ")


def _overrides(fields: Collection[str], env_file: Path) -> dict[str, str]:
    """Return the fields that `MT_…` variables set; the environment wins over the file."""
    variables = {**dotenv_values(env_file), **os.environ}  # noqa: TID251 - a stage's own switch
    return {field: value for field in fields if (value := variables.get(f"MT_{field.upper()}"))}
