"""What a deployment adds to its mail: our links, the offer to unsubscribe, tracking of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from message_tracker.core.domain.links import Links
from message_tracker.core.domain.message import Kind, MessageId, Personal
from message_tracker.core.domain.tracked_html import tracked
from message_tracker.core.domain.tracking import Tracking
from message_tracker.core.domain.unsubscribe import offering
from message_tracker.core.ports import KeyRing


@dataclass(frozen=True, slots=True)
class Mailing:
    """The additions.

    Args:
        public_url: where recipients reach the API.
        keys: sign our links.
        tracking: whose pixel and links mail carries.
        mailto: an address that takes unsubscriptions by mail, or "".
        clock: tells the time, in UTC.
    """

    public_url: str
    keys: KeyRing
    tracking: Tracking
    mailto: str
    clock: Callable[[], datetime]

    def links(self, message_id: MessageId) -> Links:
        """Return one mail's links."""
        return Links(self.public_url, self.keys.keys(), message_id, self.clock())

    def headers(self, headers: Mapping[str, str], kind: Kind, links: Links) -> Mapping[str, str]:
        """Return the headers, of marketing with the offer to unsubscribe."""
        if kind is not Kind.MARKETING:
            return headers
        return offering(headers, links.unsubscribe, self.mailto)

    def html(self, html: Personal | None, links: Links) -> Personal | None:
        """Return the HTML, where tracking is our own, with our pixel and links."""
        if html is None or self.tracking is not Tracking.OWN:
            return html
        return Personal(tracked(html, links))
