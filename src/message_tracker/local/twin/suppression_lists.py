"""The lists by which SES and SMS send nothing to an address, as far as ours is mirrored there.

Members and errors follow the service models of botocore. A number can be taken off as often as one
likes: nobody waits 30 days for a local stack.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from message_tracker.local.twin.exchange import AwsError, Request, Response, json_response

SES_PATH: Final = "/v2/email/suppression/addresses"
OPT_OUT_OPERATIONS: Final = (
    "DescribeOptedOutNumbers",
    "PutOptedOutNumber",
    "DeleteOptedOutNumber",
)
_DEFAULT_LIST: Final = "Default"


class SesSuppressions:
    """The account's suppression list of SES."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, Any]] = {}

    def answer(self, request: Request) -> Response:
        """Answer one request below `SES_PATH`.

        Raises:
            AwsError: as SES would.
        """
        address = request.path.removeprefix(SES_PATH).removeprefix("/").lower()
        match request.method, bool(address):
            case "GET", False:
                return json_response({"SuppressedDestinationSummaries": [*self._entries.values()]})
            case "PUT", False:
                return self._put(request.json())
            case "GET", True:
                return json_response({"SuppressedDestination": self._entry(address)})
            case "DELETE", True:
                self._entries.pop(self._entry(address)["EmailAddress"])
                return json_response({})
            case _:
                raise AwsError(405, "BadRequestException", "no such method of this list")

    def _put(self, call: Mapping[str, Any]) -> Response:
        address, reason = str(call["EmailAddress"]).lower(), call.get("Reason")
        if "@" not in address or reason not in ("BOUNCE", "COMPLAINT"):
            raise AwsError(400, "BadRequestException", "give EmailAddress, and Reason as modeled")
        self._entries[address] = {
            "EmailAddress": address,
            "Reason": reason,
            "LastUpdateTime": datetime.now(UTC).timestamp(),
        }
        return json_response({})

    def _entry(self, address: str) -> dict[str, Any]:
        if address not in self._entries:
            raise AwsError(404, "NotFoundException", "the address is not on the list")
        return self._entries[address]


class OptOuts:
    """The opt-out list ``Default`` of SMS."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, Any]] = {}

    def answer(self, operation: str, request: Request) -> Response:
        """Answer one of `OPT_OUT_OPERATIONS`.

        Raises:
            AwsError: as AWS would.
        """
        call = request.json()
        if call["OptOutListName"] != _DEFAULT_LIST:
            raise _missing("opt-out-list", call["OptOutListName"])
        if operation == "DescribeOptedOutNumbers":
            return self._describe(call.get("OptedOutNumbers"))
        number = call["OptedOutNumber"]
        if operation == "PutOptedOutNumber":
            entry = self._entries.setdefault(number, _opted_out(number))
        else:
            entry = self._entry(number)
            del self._entries[number]
        return json_response({"OptOutListName": _DEFAULT_LIST, **entry})

    def _describe(self, numbers: list[str] | None) -> Response:
        if numbers is None:
            entries = [*self._entries.values()]
        else:
            entries = [self._entry(number) for number in numbers]
        return json_response({"OptOutListName": _DEFAULT_LIST, "OptedOutNumbers": entries})

    def _entry(self, number: str) -> dict[str, Any]:
        if number not in self._entries:
            raise _missing("opted-out-number", number)
        return self._entries[number]


def _opted_out(number: str) -> dict[str, Any]:
    return {
        "OptedOutNumber": number,
        "OptedOutTimestamp": datetime.now(UTC).timestamp(),
        "EndUserOptedOut": False,
    }


def _missing(kind: str, name: str) -> AwsError:
    text = f"there is no {kind} of this name"
    return AwsError(400, "ResourceNotFoundException", text, ResourceType=kind, ResourceId=name)
