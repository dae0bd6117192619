"""How the account is set up at End User Messaging SMS: sets, numbers, limits, protection.

Members and errors follow the service model of botocore (`pinpoint-sms-voice-v2`). Every number
exists and sends a hundred parts a second; nothing is blocked. An event whose destination is off or
gone when it happens is lost, but for EventBridge, which AWS gives every event unasked.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from message_tracker.local.clients import ACCOUNT, REGION
from message_tracker.local.twin.exchange import AwsError, Response, json_response
from message_tracker.local.twin.publication import ProviderEvent, Route

_PER_SECOND: Final = 100
_MONTHLY_DOLLARS: Final = 1000
_PROTECTION: Final = "protect-local"
_DEFAULT_LIST: Final = "Default"
_FIXED: Final[Mapping[str, Mapping[str, Any]]] = {
    "DescribeOptOutLists": {"OptOutLists": [{"OptOutListName": _DEFAULT_LIST}]},
    "DescribeAccountAttributes": {
        "AccountAttributes": [
            {"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"},
            {"Name": "DEFAULT_PROTECT_CONFIGURATION_ID", "Value": _PROTECTION},
        ]
    },
    "DescribeSpendLimits": {
        "SpendLimits": [
            {
                "Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT",
                "EnforcedLimit": _MONTHLY_DOLLARS,
                "MaxLimit": _MONTHLY_DOLLARS,
                "Overridden": False,
            }
        ]
    },
    "GetProtectConfigurationCountryRuleSet": {
        "ProtectConfigurationId": _PROTECTION,
        "NumberCapability": "SMS",
        "CountryRuleSet": {"US": {"ProtectStatus": "ALLOW"}},
    },
}


class SmsSetup:
    """Answers the operations of `OPERATIONS`."""

    OPERATIONS: Final = frozenset(
        {
            *_FIXED,
            "DescribeConfigurationSets",
            "DescribePhoneNumbers",
            "CreateEventDestination",
            "UpdateEventDestination",
            "DeleteEventDestination",
        }
    )

    def __init__(
        self, configuration_sets: Iterable[str], stream: str, *, is_on_the_bus: bool
    ) -> None:
        self._is_on_the_bus = is_on_the_bus
        self._sets = {name: {"archive": _to_archive(stream)} for name in configuration_sets}

    def answer(self, operation: str, call: Mapping[str, Any]) -> Response:
        """Answer one call.

        Raises:
            AwsError: as AWS would.
        """
        if operation in _FIXED:
            return json_response(_FIXED[operation])
        match operation:
            case "DescribeConfigurationSets":
                names = call.get("ConfigurationSetNames") or [*self._sets]
                return json_response({"ConfigurationSets": [self._described(one) for one in names]})
            case "DescribePhoneNumbers":
                numbers = [_number(one) for one in call["PhoneNumberIds"]]
                return json_response({"PhoneNumbers": numbers})
            case _:
                return self._change(operation, call)

    def want(self, event: ProviderEvent, route: Route) -> bool:
        """Whether a destination of the event's set is on, and gets its type by the route."""
        if route is Route.BUS:
            return self._is_on_the_bus
        wanted = {"ALL", "TEXT_ALL", event.event_type}
        return any(
            one.get("Enabled")
            and not wanted.isdisjoint(one["MatchingEventTypes"])
            and "KinesisFirehoseDestination" in one
            for one in [*self._sets.get(event.configuration_set, {}).values()]
        )

    def _change(self, operation: str, call: Mapping[str, Any]) -> Response:
        known, name = self._known(call["ConfigurationSetName"]), call["EventDestinationName"]
        if operation == "CreateEventDestination":
            known[name] = {"Enabled": True}
        elif name not in known:
            raise _missing("event-destination", name)
        if operation == "DeleteEventDestination":
            gone = known.pop(name)
            return json_response({"EventDestination": gone})
        known[name] |= {key: value for key, value in call.items() if key != "ConfigurationSetName"}
        return json_response({"EventDestination": known[name]})

    def _described(self, name: str) -> dict[str, Any]:
        destinations = [*self._known(name).values()]
        return {"ConfigurationSetName": name, "EventDestinations": destinations}

    def _known(self, name: str) -> dict[str, dict[str, Any]]:
        if name not in self._sets:
            raise _missing("configuration-set", name)
        return self._sets[name]


def _to_archive(stream: str) -> dict[str, Any]:
    """Return what the template gives a set: all events to the archive."""
    return {
        "EventDestinationName": "archive",
        "Enabled": True,
        "MatchingEventTypes": ["TEXT_ALL"],
        "KinesisFirehoseDestination": {
            "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/sms-publisher",
            "DeliveryStreamArn": f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{stream}",
        },
    }


def _number(name: str) -> dict[str, Any]:
    return {
        "PhoneNumberId": name,
        "Status": "ACTIVE",
        "NumberCapabilities": ["SMS"],
        "OptOutListName": _DEFAULT_LIST,
        "MessagingLimits": {"RateLimits": {"SMS": _PER_SECOND}},
    }


def _missing(kind: str, name: str) -> AwsError:
    text = f"there is no {kind} of this name"
    return AwsError(400, "ResourceNotFoundException", text, ResourceType=kind, ResourceId=name)
