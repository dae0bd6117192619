"""The demonstration passes, and its report is in the inbox."""

from pathlib import Path

from message_tracker.cli.client import ApiClient
from message_tracker.local.campaign import read_rows, requests
from message_tracker.local.demo import Demo
from tests.running_stack import EXAMPLES, RunningStack


def test_the_demonstration_balances_its_books(stack: RunningStack, tmp_path: Path) -> None:
    client = ApiClient(stack.stack.api_url, stack.stack.api_key)
    demo = Demo(stack.stack, client.post, client.get)
    rows = read_rows(EXAMPLES / "campaign.csv")

    group_id, sent = demo.send(list(requests(rows, EXAMPLES / "templates.toml", "demo")))
    demo.watch(group_id, sent, lambda group, figures: None)
    verdict = demo.judge(group_id, sent, demo.report(tmp_path))

    assert [] == verdict.surprises
    assert verdict.books.balanced
    assert len(rows) == len(sent) >= 300
    assert "<table" in verdict.report.read_text("utf-8")
    assert stack.stack.twin.inbox.messages(to="operations@example.com")
