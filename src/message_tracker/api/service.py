"""Accepts messages: checked, stored with everything they need, then put on their queue."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from message_tracker.api.body import parse_json
from message_tracker.api.enqueuing import Senders
from message_tracker.api.recipient_lists import RecipientLists, new_import
from message_tracker.api.send_queues import SendQueues
from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.api_key import Caller
from message_tracker.core.domain.estimate import Backlog, Estimate, estimate
from message_tracker.core.domain.intake import parse_submission
from message_tracker.core.domain.named_template import FindTemplate
from message_tracker.core.domain.permission import permitted
from message_tracker.core.domain.problem import Problem, RequestRefused
from message_tracker.core.domain.receipt import preview
from message_tracker.core.domain.recipient_import import NewImport
from message_tracker.core.domain.submission import Submission
from message_tracker.core.observability import logger, metrics
from message_tracker.core.ports import SendingRates
from message_tracker.core.store.backlog import Backlogs
from message_tracker.core.store.groups import check_group
from message_tracker.core.store.intake import (
    Answer,
    IdempotentRequest,
    Intake,
    RepeatedRequest,
)

_LOGGER = logger("api")
_METRICS = metrics("api")
_IDEMPOTENCY_KEY: Final = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class SendCall:
    """A ``POST /send`` as it came, from a caller we know."""

    caller: Caller
    idempotency_key: str | None
    body: bytes
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer; `is_replayed` when an earlier request got it first."""

    answer: Answer
    is_replayed: bool


class IntakeService:
    """The use case of ``POST /send``.

    Args:
        intake: stores what is accepted.
        queues: wake the senders.
        backlogs: tell what waits before a request.
        rates: tell how fast that is sent.
        rules: which addresses are taken.
        lists: that a request may name instead of its recipients.
        find_template: looks up a named template.
        clock: tells the time, in UTC.
    """

    def __init__(
        self,
        intake: Intake,
        queues: SendQueues,
        *,
        backlogs: Backlogs,
        rates: SendingRates,
        rules: AddressRules,
        lists: RecipientLists,
        find_template: FindTemplate,
        clock: Callable[[], datetime],
    ) -> None:
        self._intake = intake
        self._senders = Senders(queues, intake, clock)
        self._backlogs = backlogs
        self._rates = rates
        self._lists = lists
        self._rules = rules
        self._find_template = find_template
        self._clock = clock

    def send(self, call: SendCall) -> Accepted:
        """Accept the messages of a request: once it returns, they are committed.

        A dry run is checked and answered as they would be; its Idempotency-Key counts for nothing.

        Raises:
            RequestRefused: says everything that is wrong; nothing was stored.
            Unavailable: Postgres did not answer; nothing is known to be stored.
        """
        body = parse_json(call.body)
        if isinstance(body, dict) and body.get("dry_run") is True:
            return Accepted(self._try(call.caller, body), is_replayed=False)
        request = _idempotent(call)
        if request and (replay := self._replay(request)):
            return replay
        now = self._clock()
        submission, later = self._parse(call.caller, body, now)
        _, expected = self._look(submission, now)
        try:
            answer = self._intake.accept(submission, call.caller, expected, request, now, later)
        except RepeatedRequest:
            return self.send(call)  # its twin has committed: the answer is there now
        _record(submission, answer)
        if later is None:
            self._senders.wake(submission, accepted_at=now, request_id=call.request_id)
        else:
            self._lists.wake_importers()
        return Accepted(answer, is_replayed=False)

    def _try(self, caller: Caller, body: object) -> Answer:
        """Return what a request would be answered; nothing of it is stored or sent."""
        now = self._clock()
        submission, _ = self._parse(caller, body, now)
        backlog, expected = self._look(submission, now)
        check_group(submission.group, backlog.group)
        return preview(submission, expected)

    def _parse(
        self, caller: Caller, body: object, now: datetime
    ) -> tuple[Submission, NewImport | None]:
        """Return what a request asks for, and the import of its recipients if they come later."""
        found = self._lists.find(body)
        submission = parse_submission(
            body,
            rules=self._rules,
            listed=found.listed if found else None,
            find_template=self._find_template,
            now=now,
        )
        return permitted(submission, caller), new_import(found, body, submission)

    def _look(self, submission: Submission, now: datetime) -> tuple[Backlog, Estimate]:
        backlog = self._backlogs.before(submission.due_at, submission.group)
        return backlog, estimate(submission, backlog, self._rates.in_force(), now)

    def _replay(self, request: IdempotentRequest) -> Accepted | None:
        stored = self._intake.find_answer(request)
        if stored is None:
            return None
        if stored.body_hash != request.body_hash:
            raise RequestRefused(
                Problem(
                    409,
                    "idempotency-key-reused",
                    "The Idempotency-Key was used before",
                    "another body was sent with this Idempotency-Key: use a new key for it",
                )
            )
        return Accepted(stored.answer, is_replayed=True)


def _idempotent(call: SendCall) -> IdempotentRequest | None:
    if call.idempotency_key is None:
        return None
    if not _IDEMPOTENCY_KEY.fullmatch(call.idempotency_key):
        detail = "the Idempotency-Key header must have 1 to 255 printable ASCII characters"
        raise RequestRefused(
            Problem(400, "invalid-idempotency-key", "The Idempotency-Key is not valid", detail)
        )
    return IdempotentRequest(
        call.caller.api_key_id, call.idempotency_key, sha256(call.body).digest()
    )


def _record(submission: Submission, answer: Answer) -> None:
    messages = submission.messages
    _LOGGER.append_keys(group_id=answer["group_id"])  # on this line and on those to come
    _LOGGER.info("accepted", messages=len(messages))
    _METRICS.add_metric("MessagesAccepted", MetricUnit.Count, len(messages))
    _METRICS.flush_metrics()
