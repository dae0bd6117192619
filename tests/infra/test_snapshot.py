"""A change of the infrastructure is a visible change of the committed template."""

import json
import re
from pathlib import Path

import pytest

from tests.infra.cloudformation import Template

SNAPSHOT = Path(__file__).parent / "snapshots" / "prod.template.json"
_ASSET_HASH = re.compile(r"[0-9a-f]{64}")


def test_the_template_of_prod_is_the_committed_one(
    prod: Template, request: pytest.FixtureRequest
) -> None:
    found = _ASSET_HASH.sub("<asset>", json.dumps(prod.body, indent=1, sort_keys=True)) + "\n"
    # The option is unknown when the whole suite runs, since pytest reads this folder too late.
    if request.config.getoption("--rewrite-snapshot", default=False):
        SNAPSHOT.write_text(found)

    assert found == SNAPSHOT.read_text(), "run `make snapshot` and look at the difference"
