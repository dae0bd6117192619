"""What a request asks permission for: the action, resources and condition keys that IAM knows.

As the Service Authorization Reference lists them for Amazon SES v2, AWS End User Messaging SMS and
Amazon Data Firehose. What is not listed here only the account's root may do.
"""

import re
from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from typing import Any, Final

from message_tracker.local.clients import ACCOUNT, REGION
from message_tracker.local.twin.exchange import Request
from message_tracker.local.twin.permissions import Question
from message_tracker.local.twin.ses_call import accepted_email

_SEND_EMAIL: Final = ("POST", "/v2/email/outbound-emails")
_SUPPRESSIONS: Final = "/v2/email/suppression/addresses"
_SET: Final = "/v2/email/configuration-sets/(?P<set>[^/]+)"
_DESTINATIONS: Final = f"{_SET}/event-destinations"
_SES_ACTIONS: Final = {
    ("GET", "/v2/email/account"): "GetAccount",
    ("PUT", "/v2/email/account/sending"): "PutAccountSendingAttributes",
    ("GET", _SUPPRESSIONS): "ListSuppressedDestinations",
    ("PUT", _SUPPRESSIONS): "PutSuppressedDestination",
    ("GET", f"{_SUPPRESSIONS}/.+"): "GetSuppressedDestination",
    ("DELETE", f"{_SUPPRESSIONS}/.+"): "DeleteSuppressedDestination",
    ("POST", "/v2/email/templates"): "CreateEmailTemplate",
    ("GET", "/v2/email/templates/(?P<template>.+)"): "GetEmailTemplate",
    ("GET", "/v2/email/identities/(?P<identity>.+)"): "GetEmailIdentity",
    ("GET", _SET): "GetConfigurationSet",
    ("PUT", f"{_SET}/sending"): "PutConfigurationSetSendingOptions",
    ("GET", _DESTINATIONS): "GetConfigurationSetEventDestinations",
    ("POST", _DESTINATIONS): "CreateConfigurationSetEventDestination",
    ("PUT", f"{_DESTINATIONS}/.+"): "UpdateConfigurationSetEventDestination",
    ("DELETE", f"{_DESTINATIONS}/.+"): "DeleteConfigurationSetEventDestination",
}
_SES_RESOURCES: Final = {
    "set": "configuration-set",
    "template": "template",
    "identity": "identity",
}
_UNLISTED: Final = "Unlisted"


def ses_question(request: Request) -> Question:
    """Return what a request below `/v2/email/` asks permission for."""
    if (request.method, request.path) == _SEND_EMAIL:
        return _send_email(request.json())
    for (method, pattern), action in _SES_ACTIONS.items():
        found = re.fullmatch(pattern, request.path)
        if found and request.method == method:
            named = found.groupdict().items()
            resources = tuple(_arn("ses", _SES_RESOURCES[kind], name) for kind, name in named)
            return Question(f"ses:{action}", resources or ("*",))
    return Question(f"ses:{_UNLISTED}")


def _send_email(call: Mapping[str, Any]) -> Question:
    """Return SendEmail's question; of a From address, the domain is the identity that signs."""
    template = (call.get("Content") or {}).get("Template")
    sender = parseaddr(call.get("FromEmailAddress") or accepted_email(call).sender)[1]
    resources = [_arn("ses", "identity", sender.rpartition("@")[2])]
    if name := call.get("ConfigurationSetName"):
        resources.append(_arn("ses", "configuration-set", name))
    if template:
        resources.append(_arn("ses", "template", template["TemplateName"]))
    return Question(
        "ses:SendTemplatedEmail" if template else "ses:SendEmail",
        tuple(resources),
        (("ses:FromAddress", sender),),
    )


def sms_question(operation: str, request: Request) -> Question:
    """Return what a request to SMS voice v2 asks permission for."""
    call = request.json()
    return Question(f"sms-voice:{operation}", tuple(_sms_resources(operation, call)) or ("*",))


def _sms_resources(operation: str, call: Mapping[str, Any]) -> Iterator[str]:
    if identity := call.get("OriginationIdentity"):
        is_arn = identity.startswith("arn:")
        yield identity if is_arn else _arn("sms-voice", "phone-number", identity)
    if name := call.get("ConfigurationSetName"):
        yield _arn("sms-voice", "configuration-set", name)
    if operation.endswith(("OptedOutNumber", "OptedOutNumbers")):
        yield _arn("sms-voice", "opt-out-list", call["OptOutListName"])


def firehose_question(operation: str, request: Request) -> Question:
    """Return what a request to Firehose asks permission for."""
    stream = request.json()["DeliveryStreamName"]
    return Question(f"firehose:{operation}", (_arn("firehose", "deliverystream", stream),))


def _arn(service: str, kind: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{kind}/{name}"
