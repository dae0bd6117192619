"""Advice on what we gave up ourselves (`domain.cause`): no provider's verdict."""

from message_tracker.core.domain.advice.vocabulary import Advice, Fixer
from message_tracker.core.domain.cause import OwnCause, suppressed

DEAD_LETTER = "sender/DeadLetter"
"""The cause of a message whose chunk the sender failed on too often."""

OWN_ADVICE = {
    str(OwnCause.EXPIRED): Advice(
        "Its time to live ran out before its turn came.",
        Fixer.SENDER,
        "Give such messages more time (ttl_seconds), or send fewer of them at once.",
    ),
    str(OwnCause.INVALID_TEMPLATE): Advice(
        "The template could not be filled with this recipient's data.",
        Fixer.SENDER,
        "Add the missing values to the data, or correct the template, and send again.",
    ),
    str(OwnCause.UNCONFIRMED): Advice(
        "The provider's answer was lost: the message may or may not have been sent.",
        Fixer.OPERATOR,
        "Ask a recipient whether it came. Send again only what may arrive twice.",
    ),
    DEAD_LETTER: Advice(
        "The sender failed on this message's batch again and again, and nothing was sent.",
        Fixer.OPERATOR,
        "Find the error in the sender's log, correct it, and then redrive these messages.",
    ),
    suppressed("BOUNCE"): Advice(
        "An earlier message to this address bounced for good, so nothing was sent.",
        Fixer.SENDER,
        "Take the address off your list, or correct it.",
    ),
    suppressed("COMPLAINT"): Advice(
        "The recipient once reported a message as spam, so nothing was sent.",
        Fixer.SENDER,
        "Take the recipient off your list.",
    ),
    suppressed("OPT_OUT"): Advice(
        "The recipient answered STOP to a text, so nothing was sent.",
        Fixer.RECIPIENT,
        "Respect it. Only the recipient can opt in again, by answering START.",
    ),
    suppressed("UNSUBSCRIBE"): Advice(
        "The recipient has unsubscribed, so nothing was sent.",
        Fixer.SENDER,
        "Take the recipient off your list.",
    ),
    suppressed("MANUAL"): Advice(
        "Someone of your team put the recipient on the suppression list, so nothing was sent.",
        Fixer.SENDER,
        "Leave it so, or remove the entry if its reason has passed.",
    ),
}
