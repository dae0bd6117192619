"""Calls the HTTP API with a key."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import urllib3

from message_tracker.core.domain.errors import ConfigurationFault, PermanentError, Unavailable

_TIMEOUT = urllib3.Timeout(connect=5, read=35)
_NEXT = re.compile(r'<(\?[^>]*)>; rel="next"')
_CLIENT_ERROR = 400
_SERVER_ERROR = 500


class ApiClient:
    """The API at one URL, by one key."""

    def __init__(self, url: str, key: str) -> None:
        if not url:
            raise ConfigurationFault("MT_API_URL is not set: put the deployment's ApiUrl there")
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)

    def get(self, path: str) -> dict[str, Any]:
        """Return the JSON object at a path."""
        return self._call("GET", path)

    def pages(self, path: str) -> Iterator[str]:
        """Yield the texts at a path and at all that follow it by their Link headers (RFC 8288)."""
        following: str | None = path
        while following is not None:
            response = self._request("GET", following)
            yield response.data.decode("utf-8")
            link = _NEXT.search(response.headers.get("Link", ""))
            following = path.partition("?")[0] + link[1] if link else None

    def put(self, path: str) -> dict[str, Any]:
        """Make what a path names, and return the answer's object."""
        return self._call("PUT", path)

    def post(
        self, path: str, body: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Post a JSON object and return the answer's."""
        extra = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._call("POST", path, json.dumps(body).encode(), extra)

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        answer: dict[str, Any] = self._request(method, path, body, headers).json()
        return answer

    def _request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        try:
            response = self._pool.request(
                method, self._url + path, body=body, headers={**self._headers, **(headers or {})}
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"{self._url} does not answer: {type(error).__name__}") from error
        if response.status >= _CLIENT_ERROR:
            kind = Unavailable if response.status >= _SERVER_ERROR else PermanentError
            raise kind(f"{method} {path} answered {response.status}: {_reasons(response.data)}")
        return response


def _reasons(body: bytes) -> str:
    """Return what a problem document (RFC 9457) says, a line per fault."""
    try:
        problem = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")[:500]
    faults = [f"{fault['pointer']}: {fault['detail']}" for fault in problem.get("errors", [])]
    return "\n  ".join([str(problem.get("detail") or problem.get("title", "")), *faults])
