"""When a group is paused by itself: too many of its e-mails bounce, or are complained of.

SES reviews an account whose permanent bounces reach 5 % or whose complaints reach 0.1 %, and may
pause it at 10 % and 0.5 %. A group is paused before the whole account is at risk.
https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-messages.html
"""

from typing import Final

BOUNCE_SHARE: Final = 0.03
"""More permanent bounces than this of a group's e-mails pause it, unless it says otherwise."""

COMPLAINT_SHARE: Final = 0.0008
"""More complaints than this, likewise."""

LEAST_SENT: Final = 200
"""E-mails of a group that must have been sent before a share means anything."""

FEWEST: Final = 3
"""Fewer bounces, or complaints, mean nothing, whatever their share."""
