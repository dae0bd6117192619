"""An update, rehearsed: another release is deployed while messages flow; each is accounted for."""

import hashlib
import itertools
import json
import shutil
import threading
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from message_tracker.core.domain.errors import PermanentError, Unavailable
from message_tracker.local.demo import Get
from message_tracker.local.twin import Twin

_PAUSE_SECONDS: Final = 0.05
_PATIENCE_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.5
_EMAILS: Final = 5  # of each request, beside one text
_AREAS: Final = (202, 206, 212, 305, 312, 404, 415, 503, 617, 702)
# Where a running API tells its release: what the OpenAPI document says of itself.
_TOLD_BY: Final = Path("message_tracker", "api", "openapi.py")
_TOLD_AS: Final = 'title="Message Tracker'


class Post(Protocol):
    """Posts a JSON object once, however often it is tried with the same key."""

    def __call__(
        self, path: str, body: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Return the answer's object; raises Unavailable if it may help to try again."""
        ...


def another_release(assembly: Path, folder: Path, name: str) -> Path:
    """Copy a cloud assembly into `folder`, its functions' code changed as if it were released anew.

    The API of the copy adds `name` to the title of its OpenAPI document.
    """
    files: dict[str, Any] = json.loads(_only(assembly, "*.assets.json").read_text())["files"]
    [path] = [
        each["source"]["path"] for each in files.values() if each["source"]["packaging"] == "zip"
    ]
    shutil.copytree(assembly, folder, ignore=shutil.ignore_patterns(path))
    # An asset is published once, by the hash in its name: both have new ones, code and template.
    renamed = {key: hashlib.sha256(f"{key} {name}".encode()).hexdigest() for key in files}
    for text in folder.glob("*.json"):
        text.write_text(_renamed(text.read_text(), renamed))
    code = Path(shutil.copytree(assembly / path, folder / _renamed(path, renamed)))
    page = code / _TOLD_BY
    page.write_text(page.read_text().replace(_TOLD_AS, f"{_TOLD_AS} {name}"))
    for compiled in (page.parent / "__pycache__").glob(f"{page.stem}.*.pyc"):
        compiled.unlink()
    return folder


def _renamed(text: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def _only(folder: Path, pattern: str) -> Path:
    [found] = folder.glob(pattern)
    return found


class Traffic:
    """Sends e-mails and texts over HTTP for the length of a `with` block.

    What the API does not answer is posted again with the same Idempotency-Key, as a client should.
    """

    def __init__(self, post: Post, group: str) -> None:
        self.group_id = ""
        self.message_ids: list[str] = []
        self.repeated = 0  # requests that were not answered at first
        self._post = post
        self._group = group
        self._is_over = threading.Event()
        self._pool = ThreadPoolExecutor(1, "traffic")
        self._run: Future[None] | None = None

    def __enter__(self) -> Self:
        self._run = self._pool.submit(self._send_until_over)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._pool.shutdown()
        if kind is None and self._run is not None:
            self._run.result()  # raises what ended it early

    def _send_until_over(self) -> None:
        for number in itertools.count():
            if self._is_over.wait(_PAUSE_SECONDS):
                return
            answer = self._answered(number)
            self.group_id = answer["group_id"]
            self.message_ids += answer["message_ids"]

    def _answered(self, number: int) -> dict[str, Any]:
        """Post one request until it is answered."""
        emails = [f"{self._group}-{number}-{each}@example.com" for each in range(_EMAILS)]
        area, line = _AREAS[number // 10 % len(_AREAS)], number % 10
        body = {
            "group": self._group,
            "subject": "Rehearsal",
            "message": "Sent during an update",
            "to": [*emails, f"+1{area}555010{line}"],
        }
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self._post("/send", body, idempotency_key=f"{self._group}-{number}")
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
                self.repeated += 1
                time.sleep(_POLL_SECONDS)


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the messages that the API said it accepted."""

    accepted: int  # message ids that the API gave
    in_postgres: int
    statuses: Mapping[str, int]  # in Postgres
    in_inbox: int  # distinct, at the provider
    doubled: tuple[str, ...]  # that the provider got more than once

    @property
    def is_exact(self) -> bool:
        """Whether none is lost and none doubled, and every one is delivered."""
        counts = {self.accepted, self.in_postgres, self.in_inbox, self.statuses.get("delivered", 0)}
        return len(counts) == 1 and self.accepted > 0 and not self.doubled


def tally(traffic: Traffic, get: Get, twin: Twin, *, within_seconds: float) -> Tally:
    """Wait until all messages are delivered, or the time is over, and count them."""
    deadline = time.monotonic() + within_seconds
    while True:
        group = get(f"/groups/{traffic.group_id}")
        if group["statuses"].keys() == {"delivered"} or time.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    ours = frozenset(traffic.message_ids)
    if len(ours) != len(traffic.message_ids):
        raise PermanentError("the API gave two messages one id")
    calls = Counter(each.message_id for each in twin.inbox.messages() if each.message_id in ours)
    return Tally(
        accepted=len(ours),
        in_postgres=group["total"],
        statuses=group["statuses"],
        in_inbox=len(calls),
        doubled=tuple(sorted(each for each, count in calls.items() if count > 1)),
    )
