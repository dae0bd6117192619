"""The running API does what its own description says, whatever it is sent."""

import json
from typing import Any, cast
from unittest.mock import MagicMock

import schemathesis
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from message_tracker.api.openapi import document_of
from message_tracker.api.router import Router
from message_tracker.api.routes import Routes
from message_tracker.api.services import Services
from tests.running_stack import RunningStack


def description() -> dict[str, object]:
    """Return what the API says of itself; nothing is called for it."""
    router = Router(APIGatewayHttpResolver(), MagicMock())
    Routes(router, cast("Services", MagicMock())).add_all()
    document: dict[str, object] = json.loads(document_of(router))
    return document


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
schema = schemathesis.openapi.from_dict(description())


def test_the_running_api_serves_this_description(stack: RunningStack) -> None:
    assert stack.call("GET", "/openapi.json").body == description()


@schema.parametrize()
@settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_is_described(
    case: schemathesis.Case[Any], stack: RunningStack
) -> None:
    headers = {"Authorization": f"Bearer {stack.stack.api_key}"}

    answer = case.call(base_url=stack.stack.api_url, headers=headers)

    case.validate_response(answer, checks=CHECKS)
