"""cfn-lint over many templates that are mostly the same."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from infra.config import ROOT
from tests.infra.cloudformation import Template

_TIMEOUT_SECONDS = 250


def findings(templates: Mapping[str, Template], folder: Path) -> list[str]:
    """Return what cfn-lint has to say of the templates, each finding with the template's name.

    It takes some seconds for a template. So a resource that stands in an earlier template, word
    for word, is not looked at again: only its type is left, for those that refer to it.
    """
    seen: set[tuple[str, str]] = set()
    looked_at: dict[str, set[str]] = {}
    for name, template in templates.items():
        resources = template.body["Resources"]
        ids = {(each, json.dumps(resource)) for each, resource in resources.items()}
        looked_at[name] = {logical_id for logical_id, _ in ids - seen}
        seen |= ids
        reduced = {
            each: resource if each in looked_at[name] else {"Type": resource["Type"]}
            for each, resource in resources.items()
        }
        text = json.dumps({**template.body, "Resources": reduced})
        (folder / f"{name}.template.json").write_text(text)
    return [
        f"{name}: {found['Rule']['Id']} {found['Location']['Path']}: {found['Message']}"
        for found in _run(sorted(folder.glob("*.template.json")))
        if (name := Path(found["Filename"]).name.removesuffix(".template.json"))
        and _is_of(found, looked_at[name])
    ]


def _run(paths: Iterable[Path]) -> list[dict[str, Any]]:
    program = Path(sys.executable).with_name("cfn-lint")
    command = [str(program), "--format", "json", "--", *map(str, paths)]
    done = subprocess.run(  # noqa: S603 - our own fixed command
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _is_of(found: Mapping[str, Any], logical_ids: set[str]) -> bool:
    """Return whether a finding is of these resources, or of none."""
    path = found["Location"]["Path"]
    return path[:1] != ["Resources"] or len(path) == 1 or path[1] in logical_ids
