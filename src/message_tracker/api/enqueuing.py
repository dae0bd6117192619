"""Wakes the senders for messages that were just accepted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from message_tracker.api.send_queues import SendQueues
from message_tracker.core.domain.submission import Submission
from message_tracker.core.observability import logger, tell
from message_tracker.core.store.intake import Intake

_LOGGER = logger("api")


@dataclass(frozen=True, slots=True)
class Senders:
    """Puts messages on their queues; whatever fails here, the sweeper makes up for."""

    queues: SendQueues
    intake: Intake
    clock: Callable[[], datetime]

    def wake(self, submission: Submission, *, accepted_at: datetime, request_id: str = "") -> None:
        """Enqueue committed messages, if it is time; never raises.

        The chunks carry the `request_id` into the sender's log.
        """
        if submission.due_at > accepted_at:
            return
        try:
            taken = self.queues.enqueue(submission.messages, submission.kind, request_id)
            self.intake.mark_enqueued(taken, accepted_at=accepted_at, now=self.clock())
        except Exception as error:  # noqa: BLE001 - the messages are committed: the answer stays 200
            _LOGGER.warning("not enqueued, left to the sweeper", cause=type(error).__name__)
            tell(error)
