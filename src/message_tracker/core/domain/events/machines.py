"""Opens and clicks that no person made.

Mail clients' proxies fetch the pixel ahead of the reader, and security scanners follow the links of
every mail they let through. SES does not tell them apart, so this is told of them by two rules:

* the **user agent** is that of a known proxy or scanner, or of a program that is no browser;
* it came **too soon** for a person: within 5 seconds of the time SES took the mail, of which its
  delivery took one or two.

Each rule looks at the event alone, and never at another (as at the Delivery, which may come later
or not at all): so the order of events cannot matter. What neither catches counts as a person's.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache

_TOO_SOON = timedelta(seconds=5)
_TEXT_LENGTH = 1024  # an agent's name is a fraction of that; bounds what is remembered

_AGENTS = re.compile(
    r"^Mozilla/5\.0$"  # Apple's Mail Privacy Protection, which says no more than that
    r"|GoogleImageProxy|YahooMailProxy"
    r"|Edge/12\.246 Mozilla/5\.0$"  # Gmail, fetching ahead
    r"|Barracuda|FireEye|Forcepoint|FortiMail|IronPort|MessageLabs|Mimecast|Proofpoint|SafeLinks"
    r"|Sophos|Symantec|Trend ?Micro|BingPreview|MicrosoftPreview|SkypeUriPreview"
    r"|(?<!cu)bot\b|crawler|spider|scanner|HeadlessChrome|PhantomJS"  # CUBOT makes telephones
    r"|^(?:aiohttp|curl|Go-http-client|Java|libwww-perl|python-|Wget)",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _is_machines(user_agent: str) -> bool:
    """Whether a machine calls itself so; the same few thousand come again and again."""
    return _AGENTS.search(user_agent) is not None


def machine(user_agent: object, hit_at: datetime | None, sent_at: datetime | None) -> str | None:
    """Return by which rule an open or a click is a machine's; None if it may be a person's.

    Args:
        user_agent: as the event has it; one that is missing says nothing.
        hit_at: when it happened.
        sent_at: when SES took the mail (``mail.timestamp``).
    """
    if isinstance(user_agent, str) and _is_machines(user_agent[:_TEXT_LENGTH]):
        return "user agent"
    if hit_at is not None and sent_at is not None and hit_at - sent_at <= _TOO_SOON:
        return "too soon"
    return None
