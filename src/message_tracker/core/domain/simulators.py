"""The providers' simulators: addresses that behave as documented, and that reach nobody.

Amazon SES Developer Guide, "Using the mailbox simulator": any ``+label`` may follow the local part.
AWS End User Messaging SMS User Guide, "SMS simulator": numbers that no carrier sees; a message to
one is billed all the same.
"""

from typing import Final

from message_tracker.core.domain.message import Channel, Personal

_MAILBOXES: Final = "@simulator.amazonses.com"
_MAILBOX: Final = Personal(f"success{_MAILBOXES}")

# By the number's country calling code: the number that succeeds, and the one that fails.
_NUMBERS: Final = {
    "+1": ("+14254147755", "+14254147167"),
    "+33": ("+33755512501", "+33755512502"),
    "+34": ("+34683783440", "+34683783442"),
    "+44": ("+447860019066", "+447860019067"),
    "+61": ("+61455944038", "+61455944039"),
}
_ELSEWHERE: Final = "+1"

_ALL_NUMBERS: Final = frozenset(number for pair in _NUMBERS.values() for number in pair)


def is_simulator(address: str) -> bool:
    """Whether an address is a simulator's, whose outcome AWS documents."""
    return address.lower().endswith(_MAILBOXES) or address in _ALL_NUMBERS


def stand_in(channel: Channel, address: Personal) -> Personal:
    """Return where a test message goes instead: a simulator of its country, where there is one.

    An address that is a simulator's already stays, so that a test may ask for a bounce.
    """
    if is_simulator(address):
        return address
    if channel is Channel.EMAIL:
        return _MAILBOX
    code = next((code for code in _NUMBERS if address.startswith(code)), _ELSEWHERE)
    return Personal(_NUMBERS[code][0])
