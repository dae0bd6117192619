"""Our links in mail, over HTTP: what a hit does, and what no one else's token does."""

import base64
import json
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from message_tracker.api.routes.tracking import PIXEL
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import MessageId
from message_tracker.core.domain.signed_token import Claim, Purpose, sign
from message_tracker.core.ports import ObjectStore
from message_tracker.event_processor.archive import Archive
from message_tracker.event_processor.service import EventProcessor
from tests.fakes import FakeObjectStore
from tests.http_api import NOW, ApiUnderTest

URL = "https://shop.example.com/ä?a=1&b=2"
SENT = NOW - timedelta(minutes=5)
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}


def a_message(api: ApiUnderTest, kind: str = "marketing") -> MessageId:
    request = {"to": "Ann@Example.com", "subject": "News", "message": "News", "kind": kind}
    return MessageId(UUID(api.send(request).json["message_ids"][0]))


def token(
    api: ApiUnderTest, purpose: Purpose, message_id: MessageId, url: str = "", at: datetime = SENT
) -> str:
    return sign(purpose, Claim(message_id, at, url), api.key_ring.keys())


def process(api: ApiUnderTest, objects: ObjectStore | None = None) -> None:
    """Let the event processor take what is on the queue, twice and from its end."""
    archive = Archive(api.database, objects or FakeObjectStore(), "quarantine/")
    processor = EventProcessor(api.database, archive, "archive")
    bodies = dict(enumerate(reversed(api.event_queue.bodies * 2)))
    processed = processor.process({str(number): body for number, body in bodies.items()})
    assert {} == processed.failures


def test_one_click_unsubscribes_from_marketing_however_often_it_comes(api: ApiUnderTest) -> None:
    path = f"/u/{token(api, Purpose.UNSUBSCRIBE, a_message(api))}"

    answers = [api.call("POST", path, body="List-Unsubscribe=One-Click", key="") for _ in range(2)]
    process(api)

    assert [200, 200] == [answer.status for answer in answers]
    assert not any("Location" in answer.headers for answer in answers)
    [entry] = api.rows("suppression")
    assert ("email", "ann@example.com", "UNSUBSCRIBE") == (
        entry["channel"],
        entry["address"],
        entry["reason"],
    )
    assert NOW == api.rows("message_state")[0]["unsubscribed_at"]


def test_a_link_scanner_that_only_looks_changes_nothing(api: ApiUnderTest) -> None:
    path = f"/u/{token(api, Purpose.UNSUBSCRIBE, a_message(api))}"

    answer = api.call("GET", path, key="")

    assert (200, []) == (answer.status, api.event_queue.bodies)
    assert '<form method="post">' in answer.json
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_word_that_cannot_be_kept_is_not_said_to_be(api: ApiUnderTest) -> None:
    api.event_queue.refuses = lambda _body: True

    answer = api.call("POST", f"/u/{token(api, Purpose.UNSUBSCRIBE, a_message(api))}", key="")

    assert 503 == answer.status


def test_opens_and_clicks_of_people_are_counted(api: ApiUnderTest) -> None:
    message_id = a_message(api)

    opened = api.call(
        "GET", f"/o/{token(api, Purpose.OPEN, message_id)}.gif", headers=BROWSER, key=""
    )
    clicked = api.call(
        "GET", f"/c/{token(api, Purpose.CLICK, message_id, URL)}", headers=BROWSER, key=""
    )
    process(api)

    assert base64.b64encode(PIXEL).decode() == opened.json
    assert "no-store, max-age=0" == opened.headers["Cache-Control"]
    assert 302 == clicked.status
    assert "https://shop.example.com/%C3%A4?a=1&b=2" == clicked.headers["Location"]
    [state] = api.rows("message_state")
    assert (1, 0, 1, 0, URL) == (
        state["open_count"],
        state["machine_open_count"],
        state["click_count"],
        state["machine_click_count"],
        state["last_link"],
    )


@pytest.mark.parametrize(
    ("sent_at", "headers"),
    [
        pytest.param(NOW - timedelta(seconds=2), BROWSER, id="too-soon"),
        pytest.param(SENT, {"user-agent": "curl/8"}, id="user-agent"),
    ],
)
def test_a_machines_hit_is_counted_apart(
    api: ApiUnderTest, sent_at: datetime, headers: dict[str, str]
) -> None:
    pixel = token(api, Purpose.OPEN, a_message(api), at=sent_at)

    api.call("GET", f"/o/{pixel}.gif", headers=headers, key="")
    process(api)

    [state] = api.rows("message_state")
    assert (0, 1) == (state["open_count"], state["machine_open_count"])


def forged(api: ApiUnderTest) -> list[str]:
    """Return what is no token for a click or to unsubscribe, in every way."""
    other = sign(
        Purpose.CLICK,
        Claim(MessageId(new_id()), SENT, URL),
        type(api.key_ring.keys())({1: b"x" * 64}),
    )
    open_token = token(api, Purpose.OPEN, MessageId(new_id()), URL)
    evil = base64.urlsafe_b64encode(b"\x01" + b"\0" * 20 + b"https://evil.test" + b"\0" * 16)
    mangled = "cut®off"
    return [other, open_token, evil.decode().rstrip("="), "x", "A" * 60, "https:evil.test", mangled]


def test_whoever_made_a_token_up_learns_nothing_and_is_led_nowhere(api: ApiUnderTest) -> None:
    paths = [("GET", "c"), ("GET", "u"), ("POST", "u")]

    answers = [
        api.call(method, f"/{path}/{made_up}", key="")
        for method, path in paths
        for made_up in forged(api)
    ]

    assert {404} == {answer.status for answer in answers}
    assert 1 == len({answer.json for answer in answers})
    assert not any("Location" in answer.headers for answer in answers)
    assert [] == api.event_queue.bodies


def test_the_pixel_is_the_same_for_unknown_tokens(api: ApiUnderTest) -> None:
    genuine = api.call("GET", f"/o/{token(api, Purpose.OPEN, a_message(api))}.gif", key="")

    strangers = [api.call("GET", f"/o/{made_up}.gif", key="") for made_up in ("x", "A" * 60)]

    assert [genuine, genuine] == strangers
    assert 1 == len(api.event_queue.bodies)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a.test/\r\nSet-Cookie: a=b", "//a.test", ""]
)
def test_even_a_signed_click_leads_only_to_the_web(api: ApiUnderTest, url: str) -> None:
    answer = api.call("GET", f"/c/{token(api, Purpose.CLICK, a_message(api), url)}", key="")

    assert 404 == answer.status


def test_a_new_key_leaves_the_old_ones_links_alive(api: ApiUnderTest) -> None:
    old = token(api, Purpose.UNSUBSCRIBE, a_message(api))
    api.key_ring.add(2, b"z" * 64)
    new = token(api, Purpose.UNSUBSCRIBE, a_message(api))

    answers = [api.call("POST", f"/u/{each}", key="") for each in (old, new)]

    assert [200, 200] == [answer.status for answer in answers]


def test_hits_are_kept_in_the_archive_and_read_from_it_again(api: ApiUnderTest) -> None:
    objects = FakeObjectStore()
    api.call("GET", f"/o/{token(api, Purpose.OPEN, a_message(api))}.gif", headers=BROWSER, key="")
    process(api, objects)
    before = api.rows("message_event")

    process(api, objects)

    [((bucket, key), body)] = objects.objects.items()
    assert ("archive", "events/own/2030/01/31/09/") == (bucket, key[:25])
    assert "Open" == json.loads(body.splitlines()[0])["detail"]["eventType"]
    assert before == api.rows("message_event")
    assert "ip_address" not in (before[0]["details"] or {})
