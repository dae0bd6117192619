"""docs/api.md says what the API does."""

import re
from pathlib import Path
from typing import cast
from unittest.mock import MagicMock

from message_tracker.api import body
from message_tracker.api.http import http_api
from message_tracker.api.services import Services
from message_tracker.core.domain import problem
from message_tracker.core.domain.send_request import MAX_RECIPIENTS, MAX_TTL, SendRequest
from message_tracker.core.domain.templates import MAX_SOURCE
from message_tracker.core.store.queries import queries

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_route_has_a_section_and_every_section_a_route() -> None:
    app = http_api(cast("Services", MagicMock()))  # no route is called
    app.routes.add_all()
    served = {
        f"{route.method} " + re.sub(r"<(\w+)>", r"{\1}", route.path)
        for route in app._static_routes + app._dynamic_routes
    }

    documented = set(re.findall(r"^## `(\w+ /\S*)`$", PAGE, re.MULTILINE))

    assert served == documented


def test_every_field_of_a_request_is_in_the_table_in_order() -> None:
    table = section("`POST /send`").split("### Templates")[0]

    documented = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)

    assert sorted(SendRequest.model_fields) == sorted(documented)


def test_every_problem_is_in_the_table() -> None:
    packages = [Path(body.__file__).parent, Path(problem.__file__).parent]
    modules = [module for package in packages for module in package.rglob("*.py")]
    source = "".join(module.read_text("utf-8") for module in modules)
    raised = set(re.findall(r'\bProblem\(\s*(\d{3}),\s*"([a-z-]+)"', source))

    documented = set(re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", PAGE, re.MULTILINE))

    assert raised == documented


def test_the_limits_are_those_of_the_code() -> None:
    for limit in (MAX_RECIPIENTS, MAX_SOURCE, int(MAX_TTL.total_seconds())):
        assert f"{limit:,}" in PAGE
    assert f"{body.MAX_BODY >> 20} MiB" in PAGE
    assert f"{body.MAX_DEPTH} levels" in PAGE


def test_every_field_of_a_message_is_named() -> None:
    told = section("`GET /messages/{message_id}`")
    queried = queries("messages")["message_by_id"].split("SELECT")[1].split("FROM")[0]

    for column in re.findall(r"(?:message|state)\.(\w+)(?! AS)\b", queried):
        assert f"`{column}`" in told or column == "recipient"
