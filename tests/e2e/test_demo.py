"""The demonstration passes, its report is in the inbox, and the log of it all names nobody."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import boto3
import psycopg
import pytest
import urllib3

from message_tracker.core.caller.client import ApiClient
from message_tracker.local.campaign import read_rows, requests
from message_tracker.local.clients import client_options
from message_tracker.local.demo import Demo, Sent, Verdict
from tests.running_stack import EXAMPLES, RunningStack

PERSON = "planted.person@example.com"
SAID = "Your planted code is 4711"
# What any function might find on a queue, a dead-letter queue among them.
LETTER = {
    "messageId": "00000000-0000-0000-0000-000000000001",
    "receiptHandle": "none",
    "attributes": {},
    "eventSource": "aws:sqs",
    "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:message-tracker-local-email-dlq",
    "body": json.dumps({"to": PERSON, "message": SAID, "Message": json.dumps({"to": PERSON})}),
}


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A demonstration that is over."""

    rows: int
    sent: Sequence[Sent]
    verdict: Verdict


@pytest.fixture(scope="module")
def demonstration(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """The demonstration, run to its end."""
    client = ApiClient(stack.stack.api_url, stack.stack.api_key)
    demo = Demo(stack.stack, client.post, client.get)
    rows = read_rows(EXAMPLES / "campaign.csv")
    group_id, sent = demo.send(list(requests(rows, EXAMPLES / "templates.toml", "demo")))
    demo.watch(group_id, sent, lambda group, figures: None)
    report = demo.report(tmp_path_factory.mktemp("demo"))
    return Demonstration(len(rows), sent, demo.judge(group_id, sent, report))


def test_the_demonstration_balances_its_books(
    stack: RunningStack, demonstration: Demonstration
) -> None:
    verdict = demonstration.verdict

    assert [] == verdict.surprises
    assert verdict.books.balanced
    assert demonstration.rows == len(demonstration.sent) >= 300
    assert "<table" in verdict.report.read_text("utf-8")
    assert stack.stack.twin.inbox.messages(to="operations@example.com")


def test_the_report_s_links_show_it_to_its_reader(
    stack: RunningStack, demonstration: Demonstration
) -> None:
    [mail] = stack.stack.twin.inbox.messages(to="operations@example.com")
    page, whole_list = re.findall(r'href="([^"]+)"', mail.html)

    shown = urllib3.request("GET", page, retries=False)
    listed = urllib3.request("GET", whole_list, retries=False)

    assert demonstration.verdict.report.read_bytes() == shown.data
    assert (200, 200) == (shown.status, listed.status)
    assert listed.data.decode("utf-8-sig").startswith("message_id,failed_at,")


def test_the_log_names_messages_and_their_requests_and_no_recipient(
    stack: RunningStack, demonstration: Demonstration
) -> None:
    log = stack.log()

    message_ids = {each.message_id for each in demonstration.sent if each.message_id}
    done = [line for line in log.splitlines() if "a chunk is done" in line]
    assert any('"correlation_id"' in line for line in done)
    assert sum(message_id in log for message_id in message_ids) > len(message_ids) / 2
    recipients = recipients_of(stack)
    assert len(recipients) >= 300
    assert [] == [each for each in recipients if each.lstrip("+").lower() in log.lower()]


def test_no_function_logs_whom_or_what_it_was_called_with(
    stack: RunningStack, demonstration: Demonstration
) -> None:
    functions = [name for key, name in stack.stack.outputs.items() if key.endswith("Function")]
    idle = [function for function in functions if not stack.log(function)]

    lambdas = boto3.client("lambda", **client_options(stack.stack.emulator.endpoint_url))
    for function in idle:  # all others had the demonstration's messages in hand
        lambdas.invoke(FunctionName=function, Payload=json.dumps({"Records": [LETTER]}))

    assert len(demonstration.sent) >= 300
    assert len(functions) >= 12
    for function in functions:
        log = stack.log(function)
        assert "START RequestId" in log, f"{function} has logged nothing"
        assert [] == [each for each in (PERSON, SAID) if each in log], function


def recipients_of(stack: RunningStack) -> list[str]:
    """Return everyone whom anything was sent to, or for, since the stack came up."""
    with psycopg.connect(stack.stack.database_url) as connection:
        found = connection.execute("SELECT DISTINCT recipient FROM message").fetchall()
    return [recipient for (recipient,) in found]
