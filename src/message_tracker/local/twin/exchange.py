"""Requests and answers as the twin's parts see them, and errors in the shape AWS clients parse."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are in lower case, `path` is without the query."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body's JSON object, empty for an empty body.

        Raises:
            AwsError: the body is no JSON object.
        """
        try:
            parsed = json.loads(self.body or b"{}")
        except ValueError as error:
            raise AwsError(
                400, "SerializationException", f"the body is no JSON: {error}"
            ) from error
        if not isinstance(parsed, dict):
            raise AwsError(400, "SerializationException", "the body is no JSON object")
        return parsed


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer; `is_lost` closes the connection instead of sending it."""

    body: bytes
    status: int = 200
    content_type: str = _JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    is_lost: bool = False


def json_response(content: object, status: int = 200, *, is_lost: bool = False) -> Response:
    """Return `content` as a JSON answer."""
    return Response(json.dumps(content, ensure_ascii=False).encode(), status, is_lost=is_lost)


class AwsError(Exception):
    """An error of an AWS service: its code, text, and the members its model has (`Reason`)."""

    def __init__(self, status: int, code: str, message: str, **members: object) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.members = members

    def response(self) -> Response:
        """Return the answer that both of AWS' JSON protocols read."""
        text = str(self)
        content = {"__type": self.code, "message": text, "Message": text, **self.members}
        return Response(
            json.dumps(content).encode(), self.status, headers={"x-amzn-ErrorType": self.code}
        )
