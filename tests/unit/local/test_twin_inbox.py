import json
import socket
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from types_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client
from types_boto3_sesv2 import SESV2Client

from message_tracker.core.domain.message import Channel
from message_tracker.local.ports import LOOPBACK, PortInUse
from message_tracker.local.twin import Twin, provider_twin
from message_tracker.local.twin.accepted import Accepted
from message_tracker.local.twin.inbox import Inbox, most_in_a_window, rate

START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 10)), min_size=1, max_size=40)


def a_text(message_id: str, *, after_seconds: float = 0, segments: int = 1) -> Accepted:
    return Accepted(
        channel=Channel.TEXT,
        provider_message_id=f"provider-{message_id}-{after_seconds}",
        accepted_at=START + timedelta(seconds=after_seconds),
        sender="+12065550152",
        recipients=("+14254147755",),
        text="Hello",
        tags={"mt_id": message_id},
        segments=segments,
    )


def get(twin: Twin, path: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(f"{twin.url}{path}", headers=headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310 - loopback
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def send_email(ses: SESV2Client, to: str, subject: str = "S", html: str = "<p>H</p>") -> str:
    body = {"Html": {"Data": html}}
    return ses.send_email(
        FromEmailAddress="team@example.com",
        Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": body}},  # type: ignore[typeddict-item] # the stubs want TypedDicts all the way
        EmailTags=[{"Name": "mt_id", "Value": "an-id"}],
    )["MessageId"]


def exchange(twin: Twin, sent: bytes) -> bytes:
    """Return all that the twin answers to raw bytes until it closes the connection."""
    with socket.create_connection((LOOPBACK, twin.port), timeout=5) as connection:
        connection.sendall(sent)
        answered = b""
        while received := connection.recv(65536):
            answered += received
        return answered


@given(moments)
def test_the_most_in_a_second_is_what_counting_every_window_gives(
    found: list[tuple[int, int]],
) -> None:
    units_at = sorted((milliseconds / 1024, units) for milliseconds, units in found)

    by_counting = max(
        sum(units for other, units in units_at if at - 1.0 < other <= at) for at, _ in units_at
    )

    assert most_in_a_window(units_at) == by_counting


def test_the_rate_is_over_the_time_between_the_first_and_the_last() -> None:
    assert rate([(0.0, 5), (1.0, 45), (2.0, 45)]) == 45.0
    assert rate([(0.0, 5)]) == 0.0
    assert rate([]) == 0.0


def test_stats_count_messages_segments_and_what_was_sent_twice() -> None:
    inbox = Inbox()
    inbox.add(a_text("one", segments=2))
    inbox.add(a_text("two", after_seconds=0.5))
    inbox.add(a_text("one", after_seconds=2, segments=3))

    stats = inbox.stats()

    assert stats == {
        "accepted": 3,
        "emails": 0,
        "texts": 3,
        "segments": 6,
        "distinct_message_ids": 2,
        "duplicates": ["one"],
        "emails_per_second": 0.0,
        "segments_per_second": 2.0,
        "max_segments_in_1s": 3,
    }


def test_the_inbox_is_listed_as_json_and_filtered_by_recipient(
    twin: Twin, ses: SESV2Client, sms: PinpointSMSVoiceV2Client
) -> None:
    send_email(ses, "one+label@customer.test")
    sms.send_text_message(DestinationPhoneNumber="+14254147755", MessageBody="Hello")

    everything = json.loads(get(twin, "/inbox")[1])
    of_one: list[dict[str, Any]] = json.loads(get(twin, "/inbox?to=%2B14254147755")[1])

    assert [each["channel"] for each in everything] == ["email", "text"]
    assert [each["text"] for each in of_one] == ["Hello"]
    assert everything[0]["tags"] == {"mt_id": "an-id"}
    assert {"name": "Subject", "value": "S"} in everything[0]["headers"]
    assert datetime.fromisoformat(everything[0]["accepted_at"]).tzinfo is not None


def test_the_inbox_can_be_emptied(twin: Twin, ses: SESV2Client) -> None:
    send_email(ses, "one@customer.test")

    request = urllib.request.Request(f"{twin.url}/inbox", method="DELETE")  # noqa: S310 - loopback
    urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 - loopback

    assert twin.inbox.messages() == []
    assert json.loads(get(twin, "/stats")[1])["accepted"] == 0


def test_the_pages_show_messages_and_escape_what_strangers_wrote(
    twin: Twin, ses: SESV2Client
) -> None:
    hostile = '"><script>alert(1)</script>'
    message_id = send_email(ses, "one@customer.test", subject=hostile, html=f"<b>Hi</b>{hostile}")

    _, listed = get(twin, "/")
    _, shown = get(twin, f"/messages/{message_id}")

    assert "one@customer.test" in listed
    assert f"/messages/{message_id}" in listed
    assert "<script" not in listed + shown
    assert 'sandbox="allow-popups"' in shown
    assert 'srcdoc="&lt;b&gt;Hi&lt;/b&gt;&#34;&gt;&lt;script&gt;' in shown


def test_the_empty_inbox_and_a_message_that_is_gone_have_pages(twin: Twin) -> None:
    assert "Nothing yet" in get(twin, "/")[1]
    status, page = get(twin, "/messages/gone")
    assert status == 404
    assert "Not found" in page


def test_pages_load_nothing_from_elsewhere_and_run_no_script(twin: Twin) -> None:
    with urllib.request.urlopen(twin.url, timeout=5) as response:  # noqa: S310 - loopback
        policy = response.headers["Content-Security-Policy"]
        page = response.read().decode()

    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "src=" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_a_page_elsewhere_cannot_read_the_inbox_under_its_own_name(twin: Twin) -> None:
    assert get(twin, "/inbox", Host="inbox.attacker.test")[0] == 403
    assert get(twin, "/inbox", Host=f"localhost:{twin.port}")[0] == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", b"404"),
        (b"PUT /inbox HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", b"404"),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"413"),
    ],
)
def test_requests_that_are_none_of_ours_get_a_clear_error(
    sent: bytes, status: bytes, twin: Twin
) -> None:
    assert exchange(twin, sent).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"MessageBody": 5}', b'{"Context": [1]}', b"\xff"])
@pytest.mark.parametrize("target", [b"PinpointSMSVoiceV2.SendTextMessage", b"SES"])
def test_a_broken_body_is_a_400_and_the_twin_lives_on(
    body: bytes, target: bytes, twin: Twin
) -> None:
    path = b"/v2/email/outbound-emails" if target == b"SES" else b"/"
    head = b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Amz-Target: %b\r\n"

    answer = exchange(
        twin, head % (path, target) + b"Content-Length: %d\r\n\r\n" % len(body) + body
    )

    assert answer.startswith(b"HTTP/1.1 400")
    assert get(twin, "/stats")[0] == 200


def test_a_connection_is_kept_for_the_next_request(twin: Twin) -> None:
    get_stats = b"GET /stats HTTP/1.1\r\nHost: 127.0.0.1\r\n"

    answer = exchange(twin, get_stats + b"\r\n" + get_stats + b"Connection: close\r\n\r\n")

    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_a_taken_port_is_refused(twin: Twin) -> None:
    with pytest.raises(PortInUse, match=f"port {twin.port} for the provider twin"):
        provider_twin(twin.port).__enter__()


def test_a_stopped_twin_answers_no_more() -> None:
    with provider_twin() as twin:
        port = twin.port

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, port), timeout=5)
