"""One-click unsubscription: the headers by which a mail client offers it.

RFC 8058, section 3.1: an HTTPS URL in List-Unsubscribe (RFC 2369, section 3.2), which is acted on
by POST alone, and List-Unsubscribe-Post. A mailto beside it is for clients that know no better.
"""

from collections.abc import Mapping
from typing import Final

LIST_UNSUBSCRIBE: Final = "List-Unsubscribe"
LIST_UNSUBSCRIBE_POST: Final = "List-Unsubscribe-Post"
ONE_CLICK: Final = "List-Unsubscribe=One-Click"
HEADERS: Final = 2
"""How many headers a marketing mail gets."""

VARIABLE: Final = "unsubscribe_url"
"""By which a mail's texts name the link."""


def offering(headers: Mapping[str, str], url: str, mailto: str) -> dict[str, str]:
    """Return a marketing mail's headers with the offer to unsubscribe.

    What the caller says of List-Unsubscribe stands: then the list is the caller's own.

    Args:
        headers: the caller's.
        url: acts on POST.
        mailto: an address that takes unsubscriptions by mail, or "".
    """
    if any(name.lower() == LIST_UNSUBSCRIBE.lower() for name in headers):
        return dict(headers)
    ways = [f"<{url}>", *([f"<mailto:{mailto}?subject=unsubscribe>"] if mailto else [])]
    return {
        **{
            name: value
            for name, value in headers.items()
            if name.lower() != LIST_UNSUBSCRIBE_POST.lower()
        },
        LIST_UNSUBSCRIBE: ", ".join(ways),
        LIST_UNSUBSCRIBE_POST: ONE_CLICK,
    }
