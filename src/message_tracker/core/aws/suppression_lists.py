"""The lists by which AWS itself sends nothing to an address: SES' of an account, SMS' opt-outs.

SES knows two reasons, BOUNCE and COMPLAINT, and an entry needs one: what a person decided is put
there as BOUNCE. A number can be taken off an opt-out list once in 30 days.

Sources: SES API v2, PutSuppressedDestination; End User Messaging SMS API, DeleteOptedOutNumber.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from message_tracker.core.aws.provider_errors import code_of, is_passing
from message_tracker.core.domain.errors import PermanentError, Unavailable
from message_tracker.core.domain.message import Personal
from message_tracker.core.domain.suppression import Listed, SuppressionReason

if TYPE_CHECKING:
    from types_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client
    from types_boto3_pinpoint_sms_voice_v2.type_defs import OptedOutNumberInformationTypeDef
    from types_boto3_sesv2 import SESV2Client

_PAGE: Final = 1000  # the most of ListSuppressedDestinations
_OPT_OUT_PAGE: Final = 100  # the most of DescribeOptedOutNumbers
_NO_LIST: Final = "opt-out-list"


class SesSuppressionList:
    """The account's suppression list of SES, in one region."""

    name = "the account's suppression list of SES"

    def __init__(self, client: "SESV2Client") -> None:
        self._client = client

    def find(self, address: str) -> Listed | None:
        """Return the address' entry, or None."""
        with _translated(self.name):
            try:
                answer = self._client.get_suppressed_destination(EmailAddress=address)
            except self._client.exceptions.NotFoundException:
                return None
        found = answer["SuppressedDestination"]
        reason = SuppressionReason(found["Reason"])
        return Listed(Personal(found["EmailAddress"]), reason, found["LastUpdateTime"])

    def add(self, address: str) -> None:
        """Put an address on the list, as BOUNCE; one that is there keeps its reason."""
        if self.find(address) is None:
            with _translated(self.name):
                self._client.put_suppressed_destination(EmailAddress=address, Reason="BOUNCE")

    def remove(self, address: str) -> None:
        """Take an address off the list."""
        with _translated(self.name):
            try:
                self._client.delete_suppressed_destination(EmailAddress=address)
            except self._client.exceptions.NotFoundException:
                return

    def pages(self) -> Iterator[Sequence[Listed]]:
        """Yield all entries, a thousand at a time."""
        token = ""
        while True:
            with _translated(self.name):
                more = {"NextToken": token} if token else {}
                page = self._client.list_suppressed_destinations(
                    PageSize=_PAGE,
                    **more,  # type: ignore[arg-type] # of several optional members, only this one
                )
            yield [
                Listed(
                    Personal(each["EmailAddress"]),
                    SuppressionReason(each["Reason"]),
                    each["LastUpdateTime"],
                )
                for each in page.get("SuppressedDestinationSummaries", ())
            ]
            if not (token := page.get("NextToken", "")):
                return


class SmsOptOutList:
    """One opt-out list of End User Messaging SMS.

    Args:
        client: of pinpoint-sms-voice-v2.
        list_name: its name, or ``Default``.
    """

    name = "the opt-out list of SMS"

    def __init__(self, client: "PinpointSMSVoiceV2Client", list_name: str) -> None:
        self._client = client
        self._list_name = list_name

    def find(self, address: str) -> Listed | None:
        """Return the number's entry, or None."""
        with _translated(self.name):
            try:
                answer = self._client.describe_opted_out_numbers(
                    OptOutListName=self._list_name, OptedOutNumbers=[address]
                )
            except self._client.exceptions.ResourceNotFoundException as error:
                # The list itself may be missing as well: the type of what was not found tells.
                if error.response.get("ResourceType") == _NO_LIST:
                    raise
                return None
        for found in answer["OptedOutNumbers"]:
            return _opted_out(found)
        return None

    def add(self, address: str) -> None:
        """Put a number on the list."""
        with _translated(self.name):
            self._client.put_opted_out_number(
                OptOutListName=self._list_name, OptedOutNumber=address
            )

    def remove(self, address: str) -> None:
        """Take a number off the list; AWS allows that once in 30 days."""
        if self.find(address) is not None:
            with _translated(self.name):
                self._client.delete_opted_out_number(
                    OptOutListName=self._list_name, OptedOutNumber=address
                )

    def pages(self) -> Iterator[Sequence[Listed]]:
        """Yield all entries, a hundred at a time."""
        token = ""
        while True:
            with _translated(self.name):
                more = {"NextToken": token} if token else {}
                page = self._client.describe_opted_out_numbers(
                    OptOutListName=self._list_name,
                    MaxResults=_OPT_OUT_PAGE,
                    **more,  # type: ignore[arg-type] # of several optional members, only this one
                )
            yield [_opted_out(each) for each in page.get("OptedOutNumbers", ())]
            if not (token := page.get("NextToken", "")):
                return


def _opted_out(entry: "OptedOutNumberInformationTypeDef") -> Listed:
    return Listed(
        Personal(entry["OptedOutNumber"]), SuppressionReason.OPT_OUT, entry["OptedOutTimestamp"]
    )


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Raise our errors for botocore's: only their code, as a text may name the address."""
    try:
        yield
    except ClientError as error:
        kind = Unavailable if is_passing(error) else PermanentError
        raise kind(f"{name}: {code_of(error)}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{name}: {type(error).__name__}") from error
