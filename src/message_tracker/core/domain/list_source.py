"""Where a list of recipients is: an audience, or an object in a bucket that may be read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

_URL: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ObjectSource:
    """An object; another content under the same key has another etag."""

    bucket: str
    key: str
    etag: str


@dataclass(frozen=True, slots=True)
class AudienceSource:
    """An audience."""

    audience_id: UUID


ListSource = ObjectSource | AudienceSource


def parse_object_url(url: str, allowed: Iterable[str]) -> tuple[str, str]:
    """Return the bucket and key of an ``s3://`` URL.

    Args:
        url: as the request says.
        allowed: beginnings of URLs that may be read, such as ``s3://bucket/imports/``.

    Raises:
        ValueError: it is no such URL, or may not be read; the text says what to write.
    """
    begins = [one if one.endswith("/") else f"{one}/" for one in allowed]
    match = _URL.fullmatch(url)
    if match is None or not any(url.startswith(begin) for begin in begins):
        those = " or ".join(begins) or "nothing: no source is configured"
        raise ValueError(f"must be the URL of an object in S3 that may be read; it begins {those}")
    return match[1], match[2]
