"""Another release is deployed while messages flow: none is lost, none is sent twice."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from message_tracker.core.caller.client import ApiClient
from message_tracker.local.clients import client_options
from message_tracker.local.rehearsal import Traffic, another_release, tally
from tests.running_stack import RunningStack, wait_for


@pytest.fixture
def release(stack: RunningStack, tmp_path: Path) -> Iterator[Path]:
    """An assembly with other code; the stack has its own again at the end."""
    yield another_release(stack.stack.assembly, tmp_path / "assembly", "next")
    stack.stack.update(stack.stack.assembly)


def test_an_update_while_messages_flow_loses_none_and_doubles_none(
    stack: RunningStack, release: Path
) -> None:
    client = ApiClient(stack.stack.api_url, stack.stack.api_key)
    lambdas = boto3.client("lambda", **client_options(stack.stack.emulator.endpoint_url))

    def code_hashes() -> dict[str, str]:
        return {
            each["FunctionName"]: each["CodeSha256"]
            for each in lambdas.list_functions()["Functions"]
        }

    before = code_hashes()
    with Traffic(client.post, "updated") as traffic:
        wait_for(lambda: len(traffic.message_ids), lambda seen: seen >= 60)
        stack.stack.update(release)
        at_update = len(traffic.message_ids)
        wait_for(lambda: len(traffic.message_ids), lambda seen: seen >= at_update + 60)
        title = client.get("/openapi.json")["info"]["title"]

    found = tally(traffic, client.get, stack.stack.twin, within_seconds=60)
    assert found.is_exact, found
    assert "Message Tracker next" == title
    assert before.keys() == code_hashes().keys()
    assert not before.items() & code_hashes().items()
