"""Objects in Amazon S3."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody

from message_tracker.core.domain.errors import PermanentError, Unavailable
from message_tracker.core.ports import StoredObject

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from types_boto3_s3 import S3Client

_READ_AHEAD = 256 * 1024  # bytes a read takes from the network at a time


class S3Objects:
    """Lists objects, reads them as streams and stores them whole."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def list(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects whose keys begin with `prefix`, in the order of their keys.

        Raises `Unavailable`, also between two objects.
        """
        with _translated(f"s3://{bucket}/{prefix}"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=bucket, Prefix=prefix):
                for each in page.get("Contents", []):
                    yield StoredObject(
                        bucket=bucket,
                        key=each["Key"],
                        etag=each["ETag"].strip('"'),  # as S3's own events spell it
                        size=each["Size"],
                        modified_at=each["LastModified"].astimezone(UTC),
                    )

    def open(self, bucket: str, key: str, *, etag: str | None = None) -> BinaryIO:
        """Return the object's bytes as a stream, not decompressed; of this etag, if one is given.

        Raises `PermanentError` if there is no such object, or it is another by now, and
        `Unavailable` otherwise, also from a later read.
        """
        with _translated(f"s3://{bucket}/{key}"):
            if etag is None:
                body = self._client.get_object(Bucket=bucket, Key=key)["Body"]
            else:
                body = self._client.get_object(Bucket=bucket, Key=key, IfMatch=etag)["Body"]
        return io.BufferedReader(_Stream(body, f"s3://{bucket}/{key}"), _READ_AHEAD)

    def put(self, bucket: str, key: str, body: bytes | BinaryIO, *, content_type: str) -> None:
        """Store an object, replacing one of the same key; raises `Unavailable`.

        A file is read as it is sent, from where it stands.
        """
        with _translated(f"s3://{bucket}/{key}"):
            self._client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)


class _Stream(io.RawIOBase):
    """A response's body whose faults are ours."""

    def __init__(self, body: StreamingBody, name: str) -> None:
        super().__init__()
        self._body = body
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        with _translated(self._name):
            data = self._body.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._body.close()
        super().close()


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        if code == "NoSuchKey":
            raise PermanentError(f"{name}: there is no such object") from error
        if code == "PreconditionFailed":
            raise PermanentError(f"{name}: it is another object by now") from error
        raise Unavailable(f"{name}: {code}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{name}: {type(error).__name__}") from error
