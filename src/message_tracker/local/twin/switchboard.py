"""Which part of the twin answers which request."""

from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import quote

from pydantic import ValidationError

from message_tracker.local.twin import firehose, sms
from message_tracker.local.twin.exchange import AwsError, Request, Response, json_response
from message_tracker.local.twin.firehose import Firehose
from message_tracker.local.twin.pages import inbox_page, message_page
from message_tracker.local.twin.permissions import AccountPermissions, Question
from message_tracker.local.twin.post_office import PostOffice
from message_tracker.local.twin.questions import (
    firehose_question,
    ses_question,
    sms_question,
)
from message_tracker.local.twin.ses import Ses
from message_tracker.local.twin.sms import Sms
from message_tracker.local.twin.weather import Weather

_TARGET_HEADER: Final = "x-amz-target"


class Switchboard:
    """Answers every request, with an error where there is no one to put it through to."""

    def __init__(
        self,
        post_office: PostOffice,
        ses: Ses,
        sms: Sms,
        firehose: Firehose | None,
        *,
        permissions: AccountPermissions | None,
        waiting: Callable[[], int],
    ) -> None:
        self._post_office = post_office
        self._ses = ses
        self._sms = sms
        self._firehose = firehose
        self._permissions = permissions
        self._waiting = waiting

    def answer(self, request: Request) -> Response:
        """Answer one request; never raises for a request that is broken."""
        try:
            return self._put_through(request)
        except AwsError as error:
            return error.response()
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            # Members of the wrong type or missing: no AWS client sends them.
            text = f"the request is malformed: {type(error).__name__}"
            return AwsError(400, "SerializationException", text).response()

    def _put_through(self, request: Request) -> Response:
        target, _, operation = request.headers.get(_TARGET_HEADER, "").partition(".")
        if request.path.startswith("/v2/email/"):
            self._check(request, ses_question, status=403)
            return self._ses.answer(request)
        if target == sms.TARGET:
            self._check(request, partial(sms_question, operation))
            return self._sms.answer(operation, request)
        if target == firehose.TARGET and self._firehose is not None:
            self._check(request, partial(firehose_question, operation))
            return self._firehose.answer(operation, request)
        if request.method == "GET":
            return self._show(request)
        return self._change(request)

    def _check(
        self, request: Request, question: Callable[[Request], Question], *, status: int = 400
    ) -> None:
        """Raise AwsError if there is an account and its caller may not do this."""
        if self._permissions is not None:
            authorization = request.headers.get("authorization", "")
            self._permissions.check(authorization, question(request), status=status)

    def _show(self, request: Request) -> Response:
        """Answer what is the twin's own to look at: the inbox, the figures, the weather."""
        inbox = self._post_office.inbox
        to = request.query.get("to")
        match request.path.strip("/").split("/"):
            case [""]:
                return inbox_page(inbox.messages(to), inbox.stats(), to)
            case ["messages", provider_message_id]:
                return message_page(inbox.find(provider_message_id))
            case ["inbox"]:
                return json_response([message.as_json() for message in inbox.messages(to)])
            case ["stats"]:
                return json_response(inbox.stats() | {"pending_events": self._waiting()})
            case ["weather"]:
                return json_response(self._post_office.weather.model_dump())
            case _:
                raise _unknown(request)

    def _change(self, request: Request) -> Response:
        match request.method, request.path:
            case "DELETE", "/inbox":
                self._post_office.inbox.clear()
                return json_response({})
            case "PUT", "/weather":
                return self._change_weather(request)
            case _:
                raise _unknown(request)

    def _change_weather(self, request: Request) -> Response:
        try:
            self._post_office.weather = Weather.model_validate_json(request.body)
        except ValidationError as error:
            faults = [
                {"field": ".".join(map(str, fault["loc"])), "message": fault["msg"]}
                for fault in error.errors(include_url=False)
            ]
            return json_response({"faults": faults}, 400)
        return json_response(self._post_office.weather.model_dump())


def _unknown(request: Request) -> AwsError:
    text = f"the twin has no {request.method} {quote(request.path)}"
    return AwsError(404, "UnknownOperationException", text)
