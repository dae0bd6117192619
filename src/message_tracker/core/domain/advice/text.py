"""Advice on SMS: events of AWS End User Messaging, and its refusals of a call.

Sources: AWS End User Messaging SMS user guide, "Event types for SMS, MMS and voice"; API reference
of pinpoint-sms-voice-v2, errors of SendTextMessage and their reasons.
"""

from message_tracker.core.domain.advice.vocabulary import Advice, Fixer

_EVENTS = {
    "TEXT_INVALID": Advice(
        "The phone number is not valid, or no phone has it.",
        Fixer.SENDER,
        "Correct the numbers, with their country code, or take them off the list.",
    ),
    "TEXT_INVALID_MESSAGE": Advice(
        "The carrier does not take a text of this form.",
        Fixer.SENDER,
        "Look for unusual characters or an empty text, change it, and send again.",
    ),
    "TEXT_UNREACHABLE": Advice(
        "The phone could not be reached: switched off, or without a signal.",
        Fixer.RECIPIENT,
        "Try again later, or reach the recipient by e-mail.",
    ),
    "TEXT_CARRIER_UNREACHABLE": Advice(
        "The recipient's carrier could not be reached at the time.",
        Fixer.PROVIDER,
        "Try again in some hours. If it lasts, ask AWS Support about this carrier.",
    ),
    "TEXT_BLOCKED": Advice(
        "The phone does not take texts from this sender.",
        Fixer.RECIPIENT,
        "Ask the recipient by another way to allow your number, or take it off the list.",
    ),
    "TEXT_CARRIER_BLOCKED": Advice(
        "The recipient's carrier blocked the text.",
        Fixer.OPERATOR,
        "Check that your number is registered for this country and use; avoid shortened links.",
    ),
    "TEXT_SPAM": Advice(
        "The carrier took the text for spam.",
        Fixer.SENDER,
        "Say who is writing, leave out shortened links and capitals, and send fewer at once.",
    ),
    "TEXT_TTL_EXPIRED": Advice(
        "The text could not be delivered before its time ran out.",
        Fixer.RECIPIENT,
        "The phone was off for long. Send again if the text is still of use.",
    ),
    "TEXT_PROTECT_BLOCKED": Advice(
        "Your protect configuration forbids texts to this destination.",
        Fixer.OPERATOR,
        "Allow the country in the protect configuration, if you do have recipients there.",
    ),
}

_REFUSALS = {
    "sms/AccessDeniedException": Advice(
        "The sender may not use the SMS service.",
        Fixer.OPERATOR,
        "Check the sender's IAM policy and the account's standing.",
    ),
    "sms/ACCOUNT_DISABLED": Advice(
        "AWS has disabled texting for this account.",
        Fixer.OPERATOR,
        "Ask AWS Support why; nothing is sent until it is settled.",
    ),
    "sms/INSUFFICIENT_ACCOUNT_REPUTATION": Advice(
        "AWS does not trust this account enough to send texts.",
        Fixer.OPERATOR,
        "Ask AWS Support to review the account.",
    ),
    "sms/ConflictException": Advice(
        "The text does not fit the configuration of the SMS service.",
        Fixer.OPERATOR,
        "Read its words below and compare the origination number's settings.",
    ),
    "sms/DESTINATION_PHONE_NUMBER_OPTED_OUT": Advice(
        "The recipient answered STOP and gets no more texts.",
        Fixer.RECIPIENT,
        "Take the number off the list. Only the recipient can opt in again, by answering START.",
    ),
    "sms/DESTINATION_PHONE_NUMBER_NOT_VERIFIED": Advice(
        "Your SMS account is in the sandbox and texts verified numbers only.",
        Fixer.OPERATOR,
        "Ask AWS for production access, or verify this number for a test.",
    ),
    "sms/DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": Advice(
        "Your protect configuration forbids texts to this country.",
        Fixer.OPERATOR,
        "Allow the country in the protect configuration, if you do have recipients there.",
    ),
    "sms/DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": Advice(
        "Your protect configuration forbids texts to this very number.",
        Fixer.OPERATOR,
        "Remove the rule for the number, if it is there in error.",
    ),
    "sms/NO_ORIGINATION_IDENTITIES_FOUND": Advice(
        "There is no number or sender ID to send from.",
        Fixer.OPERATOR,
        "Request an origination number and set it as the stage's origination identity.",
    ),
    "sms/RESOURCE_NOT_ACTIVE": Advice(
        "The number or sender ID to send from is not active yet.",
        Fixer.OPERATOR,
        "Look at its status in the SMS console: a registration may be missing.",
    ),
    "sms/MESSAGE_TYPE_MISMATCH": Advice(
        "The number to send from does not take this kind of text.",
        Fixer.OPERATOR,
        "Use a number registered for it: transactional and promotional are kept apart.",
    ),
    "sms/ServiceQuotaExceededException": Advice(
        "A limit of your SMS account is used up.",
        Fixer.OPERATOR,
        "Look at the quotas in the SMS console and ask AWS for higher ones.",
    ),
    "sms/MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT": Advice(
        "The month's spending limit for texts is reached.",
        Fixer.OPERATOR,
        "Ask AWS for a higher limit, then redrive these messages.",
    ),
    "sms/ResourceNotFoundException": Advice(
        "The SMS service does not find the configuration set or the origination number.",
        Fixer.OPERATOR,
        "Compare the stage's settings with the SMS console, in the same region.",
    ),
    "sms/ValidationException": Advice(
        "The SMS service could not make sense of the request.",
        Fixer.SENDER,
        "Check the number and the text of these messages.",
    ),
    "sms/CANNOT_PARSE": Advice(
        "The SMS service could not read the phone number.",
        Fixer.SENDER,
        "Correct the number: a plus sign, the country code, and digits only.",
    ),
    "sms/COUNTRY_NOT_ENABLED": Advice(
        "Texts to this country are not enabled for your account.",
        Fixer.OPERATOR,
        "Enable the country in the SMS console, if you do have recipients there.",
    ),
    "sms/DESTINATION_COUNTRY_BLOCKED": Advice(
        "AWS does not send texts to this country for your account.",
        Fixer.OPERATOR,
        "Reach these recipients by e-mail, or ask AWS Support.",
    ),
    "sms/INTERNATIONAL_SENDING_NOT_SUPPORTED": Advice(
        "The number to send from cannot text other countries.",
        Fixer.OPERATOR,
        "Request an origination number for the recipient's country.",
    ),
    "sms/INVALID_IDENTITY_FOR_DESTINATION_COUNTRY": Advice(
        "The number or sender ID cannot be used for this country.",
        Fixer.OPERATOR,
        "Request an origination identity for the recipient's country.",
    ),
    "sms/PRICE_OVER_THRESHOLD": Advice(
        "The text would have cost more than you allow for one message.",
        Fixer.OPERATOR,
        "Shorten the text, or raise the highest price of a message.",
    ),
    "sms/SENDER_ID_REQUIRES_REGISTRATION": Advice(
        "The recipient's country wants sender IDs to be registered.",
        Fixer.OPERATOR,
        "Register the sender ID for this country in the SMS console.",
    ),
    "sms/ParamValidation": Advice(
        "The text is not one the SMS service can be asked to send.",
        Fixer.OPERATOR,
        "Read the words below: a field is missing or of the wrong kind.",
    ),
}

TEXT_ADVICE = {**_EVENTS, **_REFUSALS}
"""By cause."""
