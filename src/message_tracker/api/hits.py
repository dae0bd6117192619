"""Hits on our own links: the token is verified, and what happened goes onto the event queue.

Whoever has no genuine token learns nothing: a token that is made up, changed, of another purpose or
signed with a key long gone is always the same.
"""

from collections.abc import Callable
from datetime import datetime

from message_tracker.core.domain.errors import Forged, Unavailable
from message_tracker.core.domain.events import own
from message_tracker.core.domain.ids import made_at
from message_tracker.core.domain.message import MessageId
from message_tracker.core.domain.signed_token import Claim, Purpose, key_id_of, verify
from message_tracker.core.domain.tracked_html import is_web_link
from message_tracker.core.observability import logger
from message_tracker.core.ports import KeyRing, Queue

_LOGGER = logger("api")


class HitService:
    """The use cases of our links.

    Args:
        keys: that tokens are signed with.
        queue: the event queue.
        clock: tells the time, in UTC.
    """

    def __init__(self, keys: KeyRing, queue: Queue, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._queue = queue
        self._clock = clock

    def check_unsubscribe(self, token: str) -> None:
        """Return if the token would unsubscribe someone; nothing changes.

        Raises:
            Forged: it is none of ours.
        """
        self._claim(Purpose.UNSUBSCRIBE, token)

    def unsubscribe(self, token: str) -> None:
        """Take a recipient's word that there shall be no more marketing; again is the same.

        Raises:
            Forged: it is none of ours.
            Unavailable: the word could not be kept; it must be given again.
        """
        claim = self._claim(Purpose.UNSUBSCRIBE, token)
        if self._queue.send([own.unsubscribed(claim, self._clock())]):
            raise Unavailable("the event queue takes nothing now")

    def open(self, token: str, user_agent: str | None) -> None:
        """Note an open; the pixel is answered whatever comes of it."""
        try:
            claim = self._claim(Purpose.OPEN, token)
        except Forged:
            return
        self._note(own.opened(claim, self._clock(), user_agent))

    def open_unsigned(self, message_id: MessageId, user_agent: str | None) -> None:
        """Note an open of a message that is known, told by its id alone."""
        claim = Claim(message_id, made_at(message_id))
        self._note(own.opened(claim, self._clock(), user_agent))

    def click(self, token: str, user_agent: str | None) -> str:
        """Note a click and return where it leads.

        Raises:
            Forged: it is none of ours.
        """
        claim = self._claim(Purpose.CLICK, token)
        if not is_web_link(claim.url):
            raise Forged("the token leads to no web page")
        self._note(own.clicked(claim, self._clock(), user_agent))
        return claim.url

    def _claim(self, purpose: Purpose, token: str) -> Claim:
        return verify(purpose, token, self._keys.keys(key_id_of(token)))

    def _note(self, event: str) -> None:
        """Queue a hit that nobody waits for: the reader goes on even if it is lost."""
        if self._queue.send([event]):
            _LOGGER.warning("a hit is lost: the event queue takes nothing now")
