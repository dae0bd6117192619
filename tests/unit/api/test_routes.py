"""Routes are registered when they are asked for."""

from typing import cast
from unittest.mock import MagicMock

import pytest
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from message_tracker.api.router import Router
from message_tracker.api.routes import Routes
from message_tracker.api.services import Services


@pytest.fixture
def router() -> Router:
    return Router(APIGatewayHttpResolver(), MagicMock())


def routes(router: Router) -> Routes:
    return Routes(router, cast("Services", MagicMock()))


def test_every_route_is_registered_for_its_own_path(router: Router) -> None:
    routes(router).add_all()

    for method, rule in router.operations:
        asked = Router(APIGatewayHttpResolver(), MagicMock())
        routes(asked).add_for(rule)
        assert (method, rule) in asked.operations


@pytest.mark.parametrize("path", ["/", "", "/nothing", "/models", "//groups", "/__init__"])
def test_a_path_that_leads_nowhere_registers_nothing(router: Router, path: str) -> None:
    routes(router).add_for(path)

    assert router.operations == {}


def test_a_route_is_registered_once(router: Router) -> None:
    found = routes(router)

    found.add_for("/groups/a")
    known = dict(router.operations)
    found.add_for("/groups/b")
    found.add_all()

    assert known.items() <= router.operations.items()
    assert all(router.operations[route] is operation for route, operation in known.items())
