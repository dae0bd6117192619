"""Calls back: claims what is due, calls, records, and claims again, until nothing is due.

Nothing is in a transaction while a call is made. Who dies between the call and its record leaves a
claim that runs out: the callback is made again, under the same id. So it is made at least once.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.webhooks.verdict import Answer, judge
from message_tracker.core.observability import logger, note
from message_tracker.core.ports import CallbackCaller, SecretSeal
from message_tracker.core.store.callbacks import Callbacks, Called, DueCallback
from message_tracker.webhook_dispatcher.signing import signed_headers

_logger = logger("webhook-dispatcher")

# Longer than a call can take, with a resolver that does not answer.
_CLAIM: Final = timedelta(seconds=60)
# How long calls in flight are waited for before what has come due meanwhile is looked for.
_LOOK_SECONDS: Final = 1.0
# Answers that come together are recorded together.
_GATHER_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Calls back.

    Args:
        callbacks: what is owed.
        seal: opens the secrets that sign.
        caller: makes one call.
        calls: at a time, to all endpoints together.
        now: the clock.
        fraction: returns a random number of [0, 1).
    """

    callbacks: Callbacks
    seal: SecretSeal
    caller: CallbackCaller
    calls: int
    now: Callable[[], datetime]
    fraction: Callable[[], float]

    def dispatch(self, deadline: datetime) -> Counter[str]:
        """Call until nothing is due; begin no call after the deadline. Returns how many, by name.

        Raises:
            Unavailable: Postgres did not answer; what was in flight is called again.
        """
        done = Counter(CallbacksDelivered=0, CallbacksFailed=0, WebhooksDisabled=0)
        with ThreadPoolExecutor(self.calls, "callback") as pool:
            in_flight: set[Future[Called]] = set()
            while in_flight := in_flight | self._begin(pool, len(in_flight), deadline):
                wait(in_flight, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
                finished, in_flight = wait(in_flight, timeout=_GATHER_SECONDS)
                done.update(self._record([future.result() for future in finished]))
        return done

    def _begin(self, pool: Executor, in_flight: int, deadline: datetime) -> set[Future[Called]]:
        now, room = self.now(), self.calls - in_flight
        if not room or now >= deadline:
            return set()
        due = self.callbacks.claim(new_id(), most=room, now=now, until=now + _CLAIM)
        return {pool.submit(self._call, each) for each in due}

    def _call(self, due: DueCallback) -> Called:
        body = due.callback.body()
        answer = self._answer(due, body)
        verdict = judge(answer, due.attempts, now=self.now(), fraction=self.fraction())
        _logger.debug(
            "called back",
            extra={
                "webhook_id": str(due.webhook_id),
                "callback_id": str(due.callback.callback_id),
                "answer_status": answer.status,
                "latency_ms": answer.latency_ms,
            },
        )
        return Called(due, answer, verdict)

    def _answer(self, due: DueCallback, body: str) -> Answer:
        sealed = [due.secret, *([due.previous_secret] if due.previous_secret else [])]
        try:
            secrets = [self.seal.open(each, of=due.webhook_id.bytes) for each in sealed]
            headers = signed_headers(due.callback.callback_id, body, secrets, self.now())
            return self.caller.call(due.url, body.encode(), headers)
        except Exception as error:  # noqa: BLE001 - noted
            # One callback that cannot be made must not hold up the others; it is tried again.
            note(_logger, "a callback was not made", error, webhook_id=str(due.webhook_id))
            return Answer(None, 0, error=f"not called: {type(error).__name__}")

    def _record(self, called: list[Called]) -> Counter[str]:
        if not called:
            return Counter()
        disabled = self.callbacks.record(called, now=self.now())
        for webhook_id in disabled:
            _logger.error("a webhook was disabled", extra={"webhook_id": str(webhook_id)})
        delivered = sum(each.verdict.is_delivered for each in called)
        return Counter(
            CallbacksDelivered=delivered,
            CallbacksFailed=len(called) - delivered,
            WebhooksDisabled=len(disabled),
        )
