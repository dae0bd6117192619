"""The running stack as a client and an operator see it: over HTTP, waiting on state."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
import psutil
import urllib3

from message_tracker.local.clients import client_options
from message_tracker.local.stack import STAGE, LocalStack

PATIENCE_SECONDS = 180.0
EXAMPLES = Path(__file__).parents[1] / "examples"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered."""

    status: int
    headers: urllib3.HTTPHeaderDict
    body: Any


class RunningStack:
    """A local stack as a client and an operator see it."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self._http = urllib3.PoolManager(retries=False, timeout=30)

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Call the API with the stack's key; headers may overrule it."""
        sent = {"Authorization": f"Bearer {self.stack.api_key}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        answer = self._http.request(method, self.stack.api_url + path, body=body, headers=sent)
        return Answer(answer.status, answer.headers, json.loads(answer.data))

    def send(self, **body: object) -> dict[str, Any]:
        """Send, and return the answer to an accepted request."""
        answer = self.call("POST", "/send", json.dumps(body).encode())
        assert answer.status == 200, answer.body
        accepted: dict[str, Any] = answer.body
        return accepted

    def message(self, message_id: str) -> dict[str, Any]:
        """Return a message as the API shows it."""
        found: dict[str, Any] = self.call("GET", f"/messages/{message_id}").body
        return found

    def group(self, group_id: str) -> dict[str, Any]:
        """Return a group as the API shows it."""
        found: dict[str, Any] = self.call("GET", f"/groups/{group_id}").body
        return found

    def calls(self, message_ids: Iterable[str]) -> Counter[str]:
        """Return how often the provider accepted each of the messages; those it never saw lack."""
        wanted = frozenset(message_ids)
        return Counter(
            each.message_id
            for each in self.stack.twin.inbox.messages()
            if each.message_id in wanted
        )

    def ends(self, message_id: str, status: str) -> dict[str, Any]:
        """Wait until a message has the status, and return it."""
        return wait_for(lambda: self.message(message_id), lambda seen: seen["status"] == status)

    def sweep(self) -> None:
        """Run the sweeper now instead of at the next minute."""
        self.invoke("SweeperFunction")

    def invoke(self, output: str) -> Any:  # noqa: ANN401 - each function answers in its own way
        """Run a function now, by the name of its output, and return its answer."""
        lambdas = boto3.client("lambda", **client_options(self.stack.emulator.endpoint_url))
        answer = lambdas.invoke(FunctionName=self.stack.outputs[output], Payload=b"{}")
        payload = answer["Payload"].read()
        assert "FunctionError" not in answer, payload
        return json.loads(payload)

    def log(self, function: str = "") -> str:
        """Return all that the stack's functions have logged, or one, each in its log group."""
        logs = boto3.client("logs", **client_options(self.stack.emulator.endpoint_url))
        groups = logs.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=f"/aws/lambda/{function or f'message-tracker-{STAGE}-'}"
        )
        pages = (
            page
            for found in groups
            for group in found["logGroups"]
            for page in logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"]
            )
        )
        return "\n".join(event["message"] for page in pages for event in page["events"])

    def workers(self, output: str) -> list[psutil.Process]:
        """Return the processes that run a function now, by the name of its output."""
        wanted = self.stack.outputs[output]
        return [
            process
            for process in psutil.Process().children(recursive=True)
            if _environment(process).get("AWS_LAMBDA_FUNCTION_NAME") == wanted
        ]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return dict(process.environ())
    except psutil.Error:
        return {}  # it has just ended


def wait_for(read: Callable[[], T], is_there: Callable[[T], bool]) -> T:
    """Read until it is there, and return it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    seen = read()
    while not is_there(seen):
        assert time.monotonic() < deadline, f"still {seen}"
        time.sleep(0.2)
        seen = read()
    return seen
