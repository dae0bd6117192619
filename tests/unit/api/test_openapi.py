"""The API's description of itself."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast
from unittest.mock import MagicMock

import pytest
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from infra.http_api import ROUTES
from message_tracker.api.openapi import document_of, page_of
from message_tracker.api.router import Router
from message_tracker.api.routes import Routes
from message_tracker.api.services import Services
from message_tracker.core.domain.api_key import Scope


@pytest.fixture(scope="module")
def api() -> Router:
    router = Router(APIGatewayHttpResolver(), MagicMock())
    Routes(router, cast("Services", MagicMock())).add_all()
    return router


@pytest.fixture(scope="module")
def document(api: Router) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(document_of(api))
    return described


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_route_is_described(api: Router, document: dict[str, Any]) -> None:
    served = {(method, re.sub(r"<(\w+)>", r"{\1}", rule)) for method, rule in api.operations}

    described = {(method, path) for method, path, _ in operations(document)}

    assert served == described


def test_the_gateway_lets_every_route_through_and_no_other(api: Router) -> None:
    served = {(method, re.sub(r"<\w+>", "{}", rule)) for method, rule in api.operations}

    passed = {(method.value, re.sub(r"\{\w+\+?\}", "{}", path)) for method, path in ROUTES}

    assert served == passed


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(set(names)) == len(names)


def test_what_wants_a_key_says_so_and_names_its_scopes(
    api: Router, document: dict[str, Any]
) -> None:
    wanted = {
        (method, re.sub(r"<(\w+)>", r"{\1}", rule)): sorted(operation.scopes)
        for (method, rule), operation in api.operations.items()
    }

    for method, path, operation in operations(document):
        told = [scope for rule in operation.get("security", []) for scope in rule["apiKey"]]
        assert wanted[method, path] == told
        assert set(told) <= set(Scope)
        assert bool(told) == ("401" in operation["responses"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', json.dumps(document))

    assert set(references) <= set(document["components"]["schemas"])


def test_the_page_holds_the_description_and_loads_nothing(document: dict[str, Any]) -> None:
    page = page_of(json.dumps({**document, "info": {"title": "</script><script>x()"}}))

    assert "</script><script>x()" not in page
    assert not re.search(r'(src|href)="?https?:', page)
    assert "openapi.json" in page
    assert "?format=json" not in page
