"""The demonstration: a real campaign through the whole stack, judged at its end.

It passes only if the books balance, nobody got a message twice, every message is final, and each
recipient whose outcome AWS documents had that outcome.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import boto3

from message_tracker.core.domain.books import Books
from message_tracker.core.domain.errors import PermanentError, Unavailable
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.database import Database
from message_tracker.local.campaign import REFUSED, Request, Row
from message_tracker.local.clients import client_options
from message_tracker.local.stack import LocalStack

_DEADLINE: Final = timedelta(seconds=100)
_POLL_SECONDS: Final = 0.5
# At these a message waits for somebody: for us, or for the provider's next word.
_UNSETTLED: Final = frozenset({"scheduled", "queued", "sending", "sent", "delayed"})

Post = Callable[[str, Mapping[str, Any]], dict[str, Any]]
Get = Callable[[str], dict[str, Any]]
Show = Callable[[dict[str, Any], dict[str, Any]], None]
"""Shows the group and the twin's figures while the campaign runs."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One row of the campaign and what the API made of it: an id, or None when it was refused."""

    row: Row
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the campaign ended."""

    statuses: Mapping[str, int]
    outcomes: Counter[tuple[str, str, str]]  # (channel, expected, actual) of every row
    surprises: Sequence[str]  # what should not have been, one line each
    books: Books
    figures: Mapping[str, Any]  # the twin's
    report: Path

    @property
    def is_good(self) -> bool:
        """Whether the demonstration shows what it promises."""
        return not self.surprises and self.books.balanced


class Demo:
    """Sends the campaign, watches it, asks for the report and judges."""

    def __init__(self, stack: LocalStack, post: Post, get: Get) -> None:
        self._stack = stack
        self._post = post
        self._get = get
        self._started_at = datetime.now(UTC)

    def send(self, requests: Sequence[Request]) -> tuple[str, list[Sent]]:
        """Send every request and return the group's id and what became of each row."""
        sent: list[Sent] = []
        group_id = ""
        for request in requests:
            answer = self._post("/send", request.body)
            group_id = answer["group_id"]
            sent += _matched(request.rows, answer)
        return group_id, sent

    def watch(self, group_id: str, sent: Sequence[Sent], show: Show) -> None:
        """Wait until every message is final and each simulated recipient has its outcome.

        Raises:
            Unavailable: it did not come to that in time.
        """
        deadline = time.monotonic() + _DEADLINE.total_seconds()
        while time.monotonic() < deadline:
            group, figures = self._get(f"/groups/{group_id}"), self._stack.twin.stats()
            show(group, figures)
            is_quiet = not _UNSETTLED & group["statuses"].keys() and not figures["pending_events"]
            if is_quiet and self._is_as_documented(sent):
                return
            time.sleep(_POLL_SECONDS)
        raise Unavailable(f"after {_DEADLINE.seconds} s the campaign still waits: {group}")

    def report(self, folder: Path) -> Path:
        """Have the failure report of this run sent, and return where its HTML is kept."""
        period = {"start": self._started_at.isoformat(), "end": datetime.now(UTC).isoformat()}
        options = client_options(self._stack.emulator.endpoint_url)
        answer = boto3.client("lambda", **options).invoke(
            FunctionName=self._stack.outputs["ReporterFunction"],
            Payload=json.dumps({"kind": "on_demand", "period": period}),
        )
        said = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise PermanentError(f"the reporter failed: {said}")
        [made] = said["reports"]
        bucket = boto3.client("s3", **options)
        html = bucket.get_object(
            Bucket=self._stack.outputs["ArchiveBucket"], Key=made["object_key"]
        )
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "failure-report.html"
        path.write_bytes(html["Body"].read())
        return path

    def judge(self, group_id: str, sent: Sequence[Sent], report: Path) -> Verdict:
        """Compare what happened with what should have."""
        database = Database(lambda: self._stack.database_url)
        figures = self._stack.twin.stats()
        outcomes = [(each, self._outcome(each)) for each in sent]
        surprises = [
            f"{each.row.to} is {actual}, not {each.row.expected}"
            for each, actual in outcomes
            if actual != each.row.expected
        ]
        surprises += [f"message {each} was sent twice" for each in figures["duplicates"]]
        surprises += self._stack.emulator.denials()
        verdict = Verdict(
            statuses=self._get(f"/groups/{group_id}")["statuses"],
            outcomes=Counter(
                ("email" if "@" in each.row.to else "text", each.row.expected, actual)
                for each, actual in outcomes
            ),
            surprises=surprises,
            books=BooksStore(database).read(),
            figures=figures,
            report=report,
        )
        database.close()
        return verdict

    def _is_as_documented(self, sent: Sequence[Sent]) -> bool:
        return all(
            self._outcome(each) == each.row.expected for each in sent if each.row.is_simulated
        )

    def _outcome(self, sent: Sent) -> str:
        if sent.message_id is None:
            return REFUSED
        status: str = self._get(f"/messages/{UUID(sent.message_id)}")["status"]
        return status


def _matched(rows: Sequence[Row], answer: Mapping[str, Any]) -> list[Sent]:
    """Pair the rows with the ids, which come in the rows' order without the refused ones."""
    refused = {int(fault["pointer"].split("/")[2]) for fault in answer.get("refused", [])}
    ids = iter(answer["message_ids"])
    return [Sent(row, None if at in refused else next(ids)) for at, row in enumerate(rows)]
