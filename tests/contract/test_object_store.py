import gzip
from datetime import UTC, datetime, timedelta
from hashlib import md5
from io import BytesIO

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from message_tracker.core.aws.clients import object_client
from message_tracker.core.aws.s3 import S3Objects
from message_tracker.core.domain.errors import PermanentError, Unavailable
from message_tracker.core.ports import ObjectStore, PinnedObjects
from tests.fakes import FakeObjectStore

BUCKET = "archive"


@pytest.fixture(params=["fake", "s3"])
def objects(request: pytest.FixtureRequest) -> PinnedObjects:
    if request.param == "fake":
        return FakeObjectStore()
    request.getfixturevalue("aws")
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    return S3Objects(object_client())


def test_what_was_stored_is_read(objects: ObjectStore) -> None:
    objects.put(BUCKET, "reports/1.html", b"<p>none</p>", content_type="text/html")

    with objects.open(BUCKET, "reports/1.html") as stream:
        assert stream.read() == b"<p>none</p>"


def test_storing_again_replaces(objects: ObjectStore) -> None:
    objects.put(BUCKET, "key", b"old", content_type="text/plain")
    objects.put(BUCKET, "key", b"new", content_type="text/plain")

    with objects.open(BUCKET, "key") as stream:
        assert stream.read() == b"new"


def test_a_stream_gives_as_much_as_is_asked_and_nothing_at_its_end(objects: ObjectStore) -> None:
    objects.put(BUCKET, "key", b"0123456789" * 100_000, content_type="text/plain")

    with objects.open(BUCKET, "key") as stream:
        pieces = [stream.read(n) for n in (1, 300_000, 1_000_000, 1)]

    assert [len(piece) for piece in pieces] == [1, 300_000, 699_999, 0]


def test_a_compressed_object_comes_as_it_is_stored(objects: ObjectStore) -> None:
    lines = b'{"eventType":"Send"}\n' * 50_000
    objects.put(BUCKET, "events.gz", gzip.compress(lines), content_type="application/gzip")

    with objects.open(BUCKET, "events.gz") as stream, gzip.GzipFile(fileobj=stream) as plain:
        assert plain.read() == lines


def test_an_object_that_is_not_there_cannot_be_opened(objects: ObjectStore) -> None:
    with pytest.raises(PermanentError, match="s3://archive/missing: there is no such object"):
        objects.open(BUCKET, "missing")


def test_an_object_is_opened_as_it_was_listed_or_not_at_all(objects: PinnedObjects) -> None:
    objects.put(BUCKET, "key", b"old", content_type="text/plain")
    (listed,) = objects.list(BUCKET, "key")

    with objects.open(BUCKET, "key", etag=listed.etag) as stream:
        assert stream.read() == b"old"
    objects.put(BUCKET, "key", b"new", content_type="text/plain")
    with pytest.raises(PermanentError, match="another object by now"):
        objects.open(BUCKET, "key", etag=listed.etag)


def test_a_prefix_lists_its_objects_in_order(objects: ObjectStore) -> None:
    bodies = {f"events/{number:04}": b"x" * number for number in range(1_003)}
    for key, body in {**bodies, "reports/1": b""}.items():
        objects.put(BUCKET, key, body, content_type="text/plain")
    before = datetime.now(UTC) - timedelta(hours=1)

    listed = list(objects.list(BUCKET, "events/"))

    assert [*bodies] == [each.key for each in listed]
    assert [*range(1_003)] == [each.size for each in listed]
    assert {BUCKET} == {each.bucket for each in listed}
    assert all(each.modified_at > before for each in listed)
    assert all(each.modified_at.tzinfo is UTC for each in listed)
    assert {md5(bodies["events/0007"], usedforsecurity=False).hexdigest()} == {
        each.etag for each in listed if each.key == "events/0007"
    }


def test_a_prefix_without_objects_lists_nothing(objects: ObjectStore) -> None:
    assert [] == list(objects.list(BUCKET, "events/"))


def test_the_content_type_is_kept(aws: None) -> None:
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)

    S3Objects(object_client()).put(BUCKET, "key", b"a,b", content_type="text/csv")

    assert client.head_object(Bucket=BUCKET, Key="key")["ContentType"] == "text/csv"


@pytest.mark.parametrize("code", ["SlowDown", "AccessDenied", "InternalError"])
def test_a_store_that_refuses_is_unavailable(code: str) -> None:
    client = boto3.client("s3")
    with Stubber(client) as stubber:
        stubber.add_client_error("get_object", code)
        stubber.add_client_error("put_object", code)
        stubber.add_client_error("list_objects_v2", code)
        objects = S3Objects(client)

        with pytest.raises(Unavailable, match=f"s3://archive/key: {code}"):
            objects.open(BUCKET, "key")
        with pytest.raises(Unavailable, match=code):
            objects.put(BUCKET, "key", b"", content_type="text/plain")
        with pytest.raises(Unavailable, match=f"s3://archive/events/: {code}"):
            list(objects.list(BUCKET, "events/"))


def test_a_stream_that_breaks_off_is_unavailable() -> None:
    client = boto3.client("s3")
    broken = StreamingBody(BytesIO(b"half"), content_length=8)
    with Stubber(client) as stubber:
        stubber.add_response("get_object", {"Body": broken})
        stream = S3Objects(client).open(BUCKET, "key")

        with pytest.raises(Unavailable, match="IncompleteReadError"):
            stream.read()


def test_a_stream_that_falls_silent_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("s3")
    silent = StreamingBody(BytesIO(b"half"), content_length=4)

    def time_out(*_: object) -> bytes:
        raise ReadTimeoutError(endpoint_url="s3")

    monkeypatch.setattr(silent, "read", time_out)
    with Stubber(client) as stubber:
        stubber.add_response("get_object", {"Body": silent})
        stream = S3Objects(client).open(BUCKET, "key")

        with pytest.raises(Unavailable, match="ReadTimeoutError"):
            stream.read(2)
