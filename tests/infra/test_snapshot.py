"""A change of the infrastructure is a visible change of the committed template, and of its cost."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.config import ROOT
from message_tracker.cli.main import program
from tests.infra.cloudformation import Template

SNAPSHOT = Path(__file__).parent / "snapshots" / "prod.template.json"
COST_PAGE = ROOT / "docs" / "cost.md"
_ASSET_HASH = re.compile(r"[0-9a-f]{64}")
_TABLES = re.compile(r"(<!-- (cost .*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def test_the_template_of_prod_is_the_committed_one(
    prod: Template, request: pytest.FixtureRequest
) -> None:
    found = _ASSET_HASH.sub("<asset>", json.dumps(prod.body, indent=1, sort_keys=True)) + "\n"
    if _is_rewritten(request):
        SNAPSHOT.write_text(found)

    assert found == SNAPSHOT.read_text(), "run `make snapshot` and look at the difference"


def test_the_page_of_costs_shows_what_the_command_prints_of_prod(
    prod: Template, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    template = tmp_path / "template.json"
    template.write_text(json.dumps(prod.body))
    page = COST_PAGE.read_text("utf-8")

    found = _TABLES.sub(lambda block: f"{block[1]}{_printed(block[2], template)}{block[3]}", page)
    if _is_rewritten(request):
        COST_PAGE.write_text(found, "utf-8")

    assert found == COST_PAGE.read_text("utf-8"), "run `make snapshot` and look at the difference"
    assert "| **a million** |" in found


def _printed(command: str, template: Path) -> str:
    """Return the first table of a command, with blank lines around it.

    The second changes with every alarm, and says nothing that the template's snapshot does not.
    """
    options = [*shlex.split(command), "--template", str(template)]
    output = CliRunner().invoke(program, options, catch_exceptions=False).output
    sending, *_ = output.split("\n\n")
    return f"\n{sending}\n\n"


def _is_rewritten(request: pytest.FixtureRequest) -> bool:
    # The option is unknown when the whole suite runs, since pytest reads this folder too late.
    return bool(request.config.getoption("--rewrite-snapshot", default=False))
