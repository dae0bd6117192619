"""Reads what SES says of the account, its identities and configuration sets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from message_tracker.core.aws.checkup.reading import is_absent
from message_tracker.core.domain.doctor.destinations import EmailDestination
from message_tracker.core.domain.doctor.email import EmailAccount, EmailIdentity, EmailSet

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client


def account(client: "SESV2Client") -> EmailAccount:
    """Return the account's state and quota."""
    return EmailAccount.model_validate(client.get_account())


def identity(client: "SESV2Client", names: Sequence[str]) -> EmailIdentity | None:
    """Return the first of these identities that SES knows; it signs by an address before a domain.

    A first one that is there but not verified gives way to a later one that is.
    """
    found = [one for one in (_identity(client, name) for name in names) if one is not None]
    return next((one for one in found if one.verified_for_sending_status), (*found, None)[0])


def _identity(client: "SESV2Client", name: str) -> EmailIdentity | None:
    try:
        answer = client.get_email_identity(EmailIdentity=name)
    except ClientError as error:
        if is_absent(error):
            return None
        raise
    return EmailIdentity.model_validate({**answer, "Name": name})


def configuration_set(client: "SESV2Client", name: str) -> EmailSet:
    """Return a configuration set."""
    return EmailSet.model_validate(client.get_configuration_set(ConfigurationSetName=name))


def destinations(client: "SESV2Client", name: str) -> list[EmailDestination]:
    """Return the event destinations of a configuration set."""
    answer = client.get_configuration_set_event_destinations(ConfigurationSetName=name)
    return [EmailDestination.model_validate(one) for one in answer.get("EventDestinations", [])]
