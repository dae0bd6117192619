"""Takes in what SNS posts: genuine posts of our own topics, onto the event queue.

Nothing is read of an event here. SNS waits 15 seconds for an answer and never repeats what was
answered 4xx, so the answer depends on the post and the queue alone, not on the database or on
whether a message is known.
"""

from collections.abc import Callable, Collection
from datetime import datetime

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.sns_post import NOTIFICATION, SUBSCRIPTION, check, parse_post
from message_tracker.core.ports import NotificationVerifier, Queue, Subscriptions


class SnsIntake:
    """The use case of ``POST /events/sns``.

    Args:
        verifier: knows SNS' signatures.
        subscriptions: are confirmed here.
        queue: the event queue.
        topic_arns: the topics that may speak to us.
        clock: tells the time, in UTC.
    """

    def __init__(
        self,
        *,
        verifier: NotificationVerifier,
        subscriptions: Subscriptions,
        queue: Queue,
        topic_arns: Collection[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._verifier = verifier
        self._subscriptions = subscriptions
        self._queue = queue
        self._topic_arns = frozenset(topic_arns)
        self._clock = clock

    def receive(self, body: bytes) -> str:
        """Take a post in and return what was done with it.

        Raises:
            Forged: It is not SNS', not of a topic of ours, or too old.
            Unavailable: It could not be verified, confirmed or queued now.
        """
        post = parse_post(body)
        check(post, topic_arns=self._topic_arns, now=self._clock())
        self._verifier.verify(post)
        if post.type == SUBSCRIPTION:
            self._subscriptions.confirm(post.topic_arn, post.token or "")
            return "confirmed"
        if post.type != NOTIFICATION:
            return "unsubscribed"
        if self._queue.send([post.envelope()]):
            raise Unavailable("the event queue takes nothing now")
        return "queued"
