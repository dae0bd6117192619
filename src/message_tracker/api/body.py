r"""The body of a request: bytes from anywhere, made into JSON that Postgres can keep.

JSON allows what jsonb and UTF-8 do not: ``\u0000``, lone surrogates, numbers beyond every range.
Python's parser allows more: NaN, and nesting until the stack ends. All are refused here, by name.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from math import isinf
from typing import Any, Final, NoReturn

from message_tracker.core.domain.problem import (
    Fault,
    Problem,
    RequestRefused,
    invalid_request,
    pointer,
)

MAX_BODY: Final = 5 << 20
"""Bytes. Lambda takes events of 6 MB, of which base64 costs a quarter."""

MAX_DEPTH: Final = 32
"""Arrays and objects within one another."""

_ESCAPED_TRAP: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_TRAP: Final = re.compile("[\x00\ud800-\udfff]")


def read_bytes(body: str | None, *, is_base64: bool) -> bytes:
    """Return the body as the caller sent it; the gateway encodes what it takes for binary.

    Raises:
        RequestRefused: the body is too large, or its base64 is broken.
    """
    text = body or ""
    if len(text) * (3 if is_base64 else 4) // 4 > MAX_BODY:
        raise _too_large()
    try:
        raw = base64.b64decode(text, validate=True) if is_base64 else text.encode("utf-8")
    except (binascii.Error, UnicodeEncodeError) as error:
        raise _malformed("it is not UTF-8 text: send JSON in UTF-8") from error
    if len(raw) > MAX_BODY:
        raise _too_large()
    return raw


def parse_json(raw: bytes) -> object:
    """Return the JSON value of a body, whatever its content type said.

    Raises:
        RequestRefused: it is no JSON (with line and column), or holds what cannot be kept.
    """
    if not raw.strip():
        raise _malformed("it is empty: send a JSON object")
    try:
        text = raw.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _malformed(f"{where}: {error.msg[:1].lower()}{error.msg[1:]}") from error
    except UnicodeDecodeError as error:
        raise _malformed(f"byte {error.start} is not UTF-8: send JSON in UTF-8") from error
    except RecursionError as error:
        raise _malformed(f"it nests more than {MAX_DEPTH} levels deep: flatten it") from error
    except ValueError as error:
        # Python refuses integers of thousands of digits.
        raise _malformed("a number has too many digits: shorten it") from error
    faults = list(_faults(value, suspicious=bool(_ESCAPED_TRAP.search(text))))
    if faults:
        raise invalid_request(faults)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise _malformed(f"{name} is no JSON number: send null or leave it out")


Steps = tuple[str | int, ...]


def _faults(value: object, *, suspicious: bool) -> Iterator[Fault]:
    """Yield what cannot be kept; without recursion, as the depth is the caller's."""
    pending: list[tuple[Steps, object]] = [((), value)]
    while pending:
        steps, container = pending.pop()
        if len(steps) > MAX_DEPTH:
            yield _fault(steps, f"nests more than {MAX_DEPTH} levels deep: flatten it")
            continue
        for step, item in _items(container):
            if isinstance(item, dict | list):
                pending.append(((*steps, step), item))
            elif isinstance(item, float) and isinf(item):
                yield _fault((*steps, step), "is a number out of range: write it as text")
            if suspicious and (_is_trap(item) or _is_trap(step)):
                detail = "has a NUL character or half a surrogate pair: remove it"
                yield _fault((*steps, step), detail)


def _items(container: object) -> Iterable[tuple[str | int, Any]]:
    if isinstance(container, dict):
        return container.items()
    return enumerate(container) if isinstance(container, list) else ()


def _is_trap(value: object) -> bool:
    return isinstance(value, str) and _TRAP.search(value) is not None


def _fault(steps: Steps, detail: str) -> Fault:
    shown = [_TRAP.sub("\N{REPLACEMENT CHARACTER}", str(step)) for step in steps]
    return Fault(pointer("#", *shown), shown[0], f"`{shown[0]}` {detail}")


def _malformed(detail: str) -> RequestRefused:
    return RequestRefused(
        Problem(400, "malformed-json", "The body is not JSON", f"the body: {detail}")
    )


def _too_large() -> RequestRefused:
    most = MAX_BODY // 2**20
    detail = f"the body is larger than {most} MiB: split the recipients over several requests"
    return RequestRefused(Problem(413, "too-large", "The body is too large", detail))
