"""How the account is set up at SES: its switch, identities, configuration sets, destinations.

Paths and members follow the service model of botocore (`sesv2`). Every identity is verified; what
a configuration set publishes can be looked at and changed, as at SES: an event whose destination is
off or gone when it happens is lost.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from message_tracker.core.domain.doctor.destinations import EMAIL_EVENT_TYPES
from message_tracker.local.clients import ACCOUNT, REGION
from message_tracker.local.twin.exchange import AwsError, Request, Response, json_response
from message_tracker.local.twin.publication import ProviderEvent, Route

SETS_PATH: Final = "/v2/email/configuration-sets/"
IDENTITIES_PATH: Final = "/v2/email/identities/"
SWITCH_PATH: Final = "/v2/email/account/sending"

_DESTINATION: Final = re.compile(r"(?P<set>[^/]+)/event-destinations(?:/(?P<name>[^/]+))?")
# Events name their types in words, the API in capitals.
_API_TYPES: Final = {"Rendering Failure": "RENDERING_FAILURE", "DeliveryDelay": "DELIVERY_DELAY"}
_TARGETS: Final = {
    Route.STREAM: "KinesisFirehoseDestination",
    Route.BUS: "EventBridgeDestination",
}
_SENDING: Final = re.compile(r"(?P<set>[^/]+)/sending")


class SesSetup:
    """Answers the requests below the three paths above."""

    def __init__(self, configuration_sets: Iterable[str], stream: str) -> None:
        self.sending_enabled = True
        self._destinations = {name: _destinations(stream) for name in configuration_sets}
        self._paused: set[str] = set()

    def knows(self, path: str) -> bool:
        """Whether a path is one of these."""
        return path == SWITCH_PATH or path.startswith((SETS_PATH, IDENTITIES_PATH))

    def answer(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            AwsError: as SES would.
        """
        if request.path == SWITCH_PATH:
            self.sending_enabled = bool(request.json().get("SendingEnabled", False))
            return json_response({})
        if request.path.startswith(IDENTITIES_PATH):
            return self._identity(request)
        return self._set(request, request.path.removeprefix(SETS_PATH))

    def want(self, event: ProviderEvent, route: Route) -> bool:
        """Whether a destination of the event's set is on, and gets its type by the route."""
        wanted = _API_TYPES.get(event.event_type, event.event_type.upper())
        return any(
            one.get("Enabled") and wanted in one["MatchingEventTypes"] and _TARGETS[route] in one
            for one in [*self._destinations.get(event.configuration_set, {}).values()]
        )

    def _identity(self, request: Request) -> Response:
        if request.method != "GET":
            raise _unknown(request)
        name = request.path.removeprefix(IDENTITIES_PATH)
        is_address = "@" in name
        return json_response(
            {
                "IdentityType": "EMAIL_ADDRESS" if is_address else "DOMAIN",
                "VerifiedForSendingStatus": True,
                "DkimAttributes": {"SigningEnabled": True, "Status": "SUCCESS", "Tokens": []},
            }
        )

    def _set(self, request: Request, rest: str) -> Response:
        if found := _DESTINATION.fullmatch(rest):
            return self._destination(request, found["set"], found["name"])
        if found := _SENDING.fullmatch(rest):
            self._known(found["set"])
            pauses = not request.json().get("SendingEnabled", False)
            (self._paused.add if pauses else self._paused.discard)(found["set"])
            return json_response({})
        if request.method != "GET":
            raise _unknown(request)
        self._known(rest)
        options = {"SendingEnabled": rest not in self._paused}
        return json_response({"ConfigurationSetName": rest, "SendingOptions": options})

    def _destination(self, request: Request, set_name: str, name: str | None) -> Response:
        known = self._known(set_name)
        match request.method:
            case "GET":
                return json_response({"EventDestinations": [*known.values()]})
            case "POST":
                call = request.json()
                name = call["EventDestinationName"]
                known[name] = {"Name": name, **call["EventDestination"]}
            case "PUT" if name in known:
                known[name] = {"Name": name, **request.json()["EventDestination"]}
            case "DELETE" if name in known:
                del known[name]
            case _:
                raise _missing(f"Event destination <{name}>")
        return json_response({})

    def _known(self, set_name: str) -> dict[str, Any]:
        if set_name not in self._destinations:
            raise _missing(f"Configuration set <{set_name}>")
        return self._destinations[set_name]


def _destinations(stream: str) -> dict[str, Any]:
    """Return what the template gives a set: all events to the archive, and to the bus."""
    firehose = {
        "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/ses-publisher",
        "DeliveryStreamArn": f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{stream}",
    }
    bus = {"EventBusArn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"}
    common = {"Enabled": True, "MatchingEventTypes": list(EMAIL_EVENT_TYPES)}
    return {
        "archive": {"Name": "archive", **common, "KinesisFirehoseDestination": firehose},
        "event-bridge": {"Name": "event-bridge", **common, "EventBridgeDestination": bus},
    }


def _missing(what: str) -> AwsError:
    return AwsError(404, "NotFoundException", f"{what} does not exist.")


def _unknown(request: Request) -> AwsError:
    return AwsError(404, "NotFoundException", f"the twin has no {request.method} {request.path}")
