"""What to say of a cause nobody has told us of, by what its code begins with.

Providers add types and reasons whenever they like; the empty prefix is every cause's.
"""

from message_tracker.core.domain.advice.vocabulary import Advice, Fixer

GENERIC_ADVICE = {
    "": Advice(
        "The message failed for a reason this system does not know yet.",
        Fixer.OPERATOR,
        "Read the provider's words below, and look the code up in its documentation.",
    ),
    "Bounce": Advice(
        "The recipient's mail server returned the message.",
        Fixer.SENDER,
        "Check the address. If the provider's words below name another reason, follow them.",
    ),
    "Bounce/Permanent": Advice(
        "The recipient's mail server refused the message for good.",
        Fixer.SENDER,
        "Correct the address or take it off the list: writing to it again harms your reputation.",
    ),
    "Bounce/Transient": Advice(
        "The message could not be delivered for a reason that may pass.",
        Fixer.RECIPIENT,
        "Try again in a day or two. If it keeps failing, ask the recipient for another address.",
    ),
    "Complaint": Advice(
        "The recipient reported the message as unwanted.",
        Fixer.SENDER,
        "Do not write to this recipient again, and check how the address came onto the list.",
    ),
    "Reject": Advice(
        "Amazon SES accepted the message and then refused to send it.",
        Fixer.SENDER,
        "Check the content and the links of the message, and send it anew when they are clean.",
    ),
    "TEXT_": Advice(
        "The text message did not reach the phone.",
        Fixer.PROVIDER,
        "Check the number. If it is right, try again later or reach the recipient by e-mail.",
    ),
    "ses/": Advice(
        "Amazon SES refused the e-mail when it was handed over.",
        Fixer.OPERATOR,
        "Read its words below; look the code up under the errors of the SES SendEmail API.",
    ),
    "sms/": Advice(
        "The SMS service of AWS refused the text when it was handed over.",
        Fixer.OPERATOR,
        "Read its words below; look the code up under the errors of the SendTextMessage API.",
    ),
    "transport/": Advice(
        "The provider could not be reached, so the message was certainly not sent.",
        Fixer.OPERATOR,
        "Check the network and the AWS credentials of the sender, then send these messages again.",
    ),
    "suppression/": Advice(
        "The recipient is on your suppression list, so nothing was sent.",
        Fixer.SENDER,
        "Leave it so, unless you know that the entry is wrong; then remove it and send again.",
    ),
    "sender/": Advice(
        "This system gave the message up before it reached a provider.",
        Fixer.OPERATOR,
        "Look at the sender's log and its alarms, then send these messages again.",
    ),
}
