"""The links of ours that a mail carries, each with a token of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from message_tracker.core.domain.message import MessageId
from message_tracker.core.domain.signed_token import Claim, Purpose, SigningKeys, sign

REPORT_LINK_LASTS: Final = timedelta(days=35)
"""How long a report may be seen by its link: a month's mail can be looked through once more."""


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one mail.

    Args:
        base_url: the API's public address.
        keys: sign.
        message_id: the mail's.
        made_at: now, just before it is sent: a hit within seconds of it is a machine's.
    """

    base_url: str
    keys: SigningKeys
    message_id: MessageId
    made_at: datetime

    @property
    def unsubscribe(self) -> str:
        """Where one unsubscribes."""
        return self._url(Purpose.UNSUBSCRIBE)

    @property
    def pixel(self) -> str:
        """The picture whose loading tells of an open."""
        return f"{self._url(Purpose.OPEN)}.gif"

    @property
    def report(self) -> str:
        """Where a report is shown, of the mail that brings it."""
        return self._url(Purpose.REPORT)

    def through(self, url: str) -> str:
        """Return the link that tells of a click and leads to `url`."""
        return self._url(Purpose.CLICK, url)

    def is_ours(self, url: str) -> bool:
        """Whether a link leads here already."""
        return url.startswith(self._root)

    @property
    def _root(self) -> str:
        return f"{self.base_url.rstrip('/')}/"

    def _url(self, purpose: Purpose, url: str = "") -> str:
        claim = Claim(self.message_id, self.made_at, url)
        return f"{self._root}{purpose}/{sign(purpose, claim, self.keys)}"
