"""Advice on e-mail: events of Amazon SES, and its refusals of a call.

Sources: Amazon SES developer guide, "Contents of event data that Amazon SES publishes" (types of
bounces and complaints); API reference, errors of SendEmail.
"""

from message_tracker.core.domain.advice.vocabulary import Advice, Fixer

_BOUNCES = {
    "Bounce/Undetermined/Undetermined": Advice(
        "The message came back, and the answer does not say why.",
        Fixer.SENDER,
        "Check the address. Try once more; if it comes back again, take it off the list.",
    ),
    "Bounce/Permanent/General": Advice(
        "The recipient's mail server refused the address for good: mostly, it does not exist.",
        Fixer.SENDER,
        "Correct these addresses or take them off the list: hard bounces harm your reputation.",
    ),
    "Bounce/Permanent/NoEmail": Advice(
        "No e-mail address could be found in what the recipient's server sent back.",
        Fixer.SENDER,
        "Compare the address with its source, and correct it or take it off the list.",
    ),
    "Bounce/Permanent/Suppressed": Advice(
        "Amazon SES did not send it: the address bounced lately when others wrote to it.",
        Fixer.SENDER,
        "Check the address. If it surely works, wait two weeks before you write to it again.",
    ),
    "Bounce/Permanent/OnAccountSuppressionList": Advice(
        "Your AWS account's suppression list holds this address, so Amazon SES did not send.",
        Fixer.OPERATOR,
        "Take it off your mailing list, or off the list of suppressions if it is there in error.",
    ),
    "Bounce/Permanent/OnTenantSuppressionList": Advice(
        "The suppression list of your SES tenant holds this address, so it was not sent.",
        Fixer.OPERATOR,
        "Take it off your mailing list, or off the tenant's list if it is there in error.",
    ),
    "Bounce/Permanent/EmailValidationSuppressed": Advice(
        "Amazon SES judged the address invalid and did not send.",
        Fixer.SENDER,
        "Correct the address. If it is right, ask the operator to relax automatic validation.",
    ),
    "Bounce/Permanent/UnsubscribedRecipient": Advice(
        "The recipient has unsubscribed from the SES contact list, so it was not sent.",
        Fixer.SENDER,
        "Take the recipient off your list.",
    ),
    "Bounce/Transient/General": Advice(
        "The message came back for a passing reason, often an out-of-office answer.",
        Fixer.RECIPIENT,
        "Nothing is needed for an absence. Otherwise, try again in a day or two.",
    ),
    "Bounce/Transient/MailboxFull": Advice(
        "The recipient's mailbox is full.",
        Fixer.RECIPIENT,
        "Try again in some days, or reach the recipient another way and say so.",
    ),
    "Bounce/Transient/MessageTooLarge": Advice(
        "The message is larger than the recipient's mail server takes.",
        Fixer.SENDER,
        "Make it smaller: put large pictures and files behind a link.",
    ),
    "Bounce/Transient/CustomTimeoutExceeded": Advice(
        "It could not be delivered within the time your configuration allows.",
        Fixer.OPERATOR,
        "Allow more time in the configuration set, or send again if it is still of use.",
    ),
    "Bounce/Transient/ContentRejected": Advice(
        "The recipient's mail server took offense at the content.",
        Fixer.SENDER,
        "Look for links and words that read like spam, change them, and send again.",
    ),
    "Bounce/Transient/AttachmentRejected": Advice(
        "The recipient's mail server does not take such an attachment.",
        Fixer.SENDER,
        "Send another type of file, or a link to it.",
    ),
}

_COMPLAINTS = {
    "Complaint/abuse": Advice(
        "The recipient marked the message as spam.",
        Fixer.SENDER,
        "Never write to them again, and check that they had asked for your messages.",
    ),
    "Complaint/auth-failure": Advice(
        "The recipient's provider reports that the sender's identity could not be verified.",
        Fixer.OPERATOR,
        "Check the SPF, DKIM and DMARC records of the sending domain.",
    ),
    "Complaint/fraud": Advice(
        "The message was reported as fraud or phishing.",
        Fixer.SENDER,
        "Stop this mailing and check who sent it, and whether its links lead where they should.",
    ),
    "Complaint/other": Advice(
        "The recipient complained, for a reason their provider has no name for.",
        Fixer.SENDER,
        "Do not write to this recipient again.",
    ),
    "Complaint/virus": Advice(
        "The recipient's provider reports a virus in the message.",
        Fixer.SENDER,
        "Stop this mailing, and scan its attachments and the pages it links to.",
    ),
    "Complaint/OnAccountSuppressionList": Advice(
        "The address is on your account's suppression list for an earlier complaint: not sent.",
        Fixer.SENDER,
        "Take the recipient off your list.",
    ),
}

_REJECTS = {
    "Reject/Bad content": Advice(
        "Amazon SES found a virus in the message and did not send it.",
        Fixer.SENDER,
        "Scan and replace the attachment, then send again.",
    ),
    "Rendering Failure": Advice(
        "Amazon SES could not fill the template with this recipient's data.",
        Fixer.SENDER,
        "Add the missing values to the data, or correct the template, and send again.",
    ),
}

_REFUSALS = {
    "ses/AccountSuspendedException": Advice(
        "AWS has suspended sending for this account.",
        Fixer.OPERATOR,
        "Answer AWS Support's case in the SES console; nothing is sent until it is settled.",
    ),
    "ses/BadRequestException": Advice(
        "Amazon SES could not make sense of the request.",
        Fixer.SENDER,
        "Check the address, the subject and the extra headers of these messages.",
    ),
    "ses/LimitExceededException": Advice(
        "A limit of your SES account is used up.",
        Fixer.OPERATOR,
        "Look at the sending limits in the SES console and ask AWS for higher ones.",
    ),
    "ses/DailyMessageQuotaExceeded": Advice(
        "The number of e-mails your account may send in 24 hours is used up.",
        Fixer.OPERATOR,
        "Ask AWS for a higher sending quota, or spread mailings over several days.",
    ),
    "ses/MailFromDomainNotVerifiedException": Advice(
        "The custom MAIL FROM domain is not set up correctly.",
        Fixer.OPERATOR,
        "Put its MX and SPF records into DNS as the SES console shows them.",
    ),
    "ses/MessageRejected": Advice(
        "Amazon SES refused the content of the message.",
        Fixer.SENDER,
        "Read its words below, correct the message, and send again.",
    ),
    "ses/EmailAddressNotVerified": Advice(
        "An address is not verified, or your SES account is still in the sandbox.",
        Fixer.OPERATOR,
        "Verify the sending domain in SES, and ask AWS for production access.",
    ),
    "ses/NotFoundException": Advice(
        "Amazon SES does not find the configuration set or the identity.",
        Fixer.OPERATOR,
        "Deploy this stage again, in the region of the SES identity.",
    ),
    "ses/TemplateDoesNotExist": Advice(
        "Amazon SES keeps no template of this name.",
        Fixer.SENDER,
        "Create the template in SES, in this region, or correct its name, and send again.",
    ),
    "ses/SendingPausedException": Advice(
        "Sending is paused, by AWS or by a person, for the account or its configuration set.",
        Fixer.OPERATOR,
        "Read the account's reputation page in the SES console and resume when it is settled.",
    ),
    "ses/ParamValidation": Advice(
        "The message is not one Amazon SES can be asked to send.",
        Fixer.OPERATOR,
        "Read the words below: a field is missing or of the wrong kind.",
    ),
}

EMAIL_ADVICE = {**_BOUNCES, **_COMPLAINTS, **_REJECTS, **_REFUSALS}
"""By cause."""
