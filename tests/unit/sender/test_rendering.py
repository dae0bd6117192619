"""A content, filled for one recipient."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from message_tracker.core.domain.errors import InvalidTemplate
from message_tracker.core.domain.message import (
    AttemptId,
    Channel,
    Content,
    ContentId,
    GroupId,
    Kind,
    MessageId,
    OutboundEmail,
    OutboundText,
    Personal,
    Recipient,
)
from message_tracker.core.domain.simulators import is_simulator
from message_tracker.core.domain.tracking import Tracking
from message_tracker.core.store.dispatch import ClaimedMessage
from message_tracker.sender.mailing import Mailing
from message_tracker.sender.rendering import render
from tests.fakes import FakeKeyRing

ATTEMPT = AttemptId(UUID(int=2))
CONTENT = Content(
    content_id=ContentId(UUID(int=3)),
    subject="For {{ name }}",
    html="<p>{{ name }}</p>",
    text="Dear {{ name }}",
    is_template=True,
    headers={"X-Campaign": "7"},
)
EMAIL = ClaimedMessage(
    message_id=MessageId(UUID(int=1)),
    group_id=GroupId(UUID(int=4)),
    channel=Channel.EMAIL,
    kind=Kind.MARKETING,
    recipient=Recipient(Personal("ada@example.com"), {"name": "A & B"}),
    content=CONTENT,
    units=1,
    attempts=0,
    expires_at=None,
    suppression_reason=None,
)
TEXT = replace(
    EMAIL, channel=Channel.TEXT, content=replace(CONTENT, subject=None, html=None, headers={})
)


def test_a_text_is_spelled_in_gsm_after_it_is_filled() -> None:
    message = replace(
        TEXT,
        recipient=replace(TEXT.recipient, data={"name": "Zoë’s “café”"}),
        content=replace(TEXT.content, is_transliterated=True),
    )

    outbound = render(message, ATTEMPT)

    assert isinstance(outbound, OutboundText)
    assert outbound.body == 'Dear Zoe\'s "café"'


def test_an_e_mail_is_filled_part_by_part_and_only_html_is_escaped() -> None:
    expected = OutboundEmail(
        message_id=EMAIL.message_id,
        attempt_id=ATTEMPT,
        recipient=Personal("ada@example.com"),
        subject=Personal("For A & B"),
        html=Personal("<p>A &amp; B</p>"),
        text=Personal("Dear A & B"),
        headers={"X-Campaign": "7"},
    )

    assert expected == render(EMAIL, ATTEMPT)


def test_a_part_that_is_missing_stays_missing() -> None:
    email = render(replace(EMAIL, content=replace(CONTENT, html=None)), ATTEMPT)

    assert isinstance(email, OutboundEmail)
    assert email.html is None


def test_a_text_carries_its_kind() -> None:
    text = render(TEXT, ATTEMPT)

    assert isinstance(text, OutboundText)
    assert ("Dear A & B", Kind.MARKETING) == (text.body, text.kind)


def test_no_rendered_text_shows_in_a_log() -> None:
    shown = repr(render(EMAIL, ATTEMPT)) + repr(render(TEXT, ATTEMPT))

    assert "A & B" not in shown
    assert "ada@example.com" not in shown


def test_what_the_data_lacks_is_named() -> None:
    with pytest.raises(InvalidTemplate, match="name"):
        render(replace(EMAIL, recipient=Recipient(Personal("ada@example.com"), {})), ATTEMPT)


@pytest.mark.parametrize("message", [EMAIL, TEXT], ids=["email", "text"])
def test_a_test_message_is_for_the_simulator_and_otherwise_the_same(
    message: ClaimedMessage,
) -> None:
    real = render(message, ATTEMPT)

    test = render(replace(message, is_test=True), ATTEMPT)

    assert is_simulator(test.recipient)
    assert replace(test, recipient=real.recipient) == real


def mailing(tracking: Tracking = Tracking.SES) -> Mailing:
    return Mailing(
        public_url="https://news.example.com",
        keys=FakeKeyRing(),
        tracking=tracking,
        mailto="",
        clock=lambda: datetime(2030, 1, 31, 9, tzinfo=UTC),
    )


def rendered(message: ClaimedMessage, tracking: Tracking = Tracking.SES) -> OutboundEmail:
    email = render(message, ATTEMPT, mailing(tracking))
    assert isinstance(email, OutboundEmail)
    return email


def test_marketing_offers_to_unsubscribe_and_a_receipt_does_not() -> None:
    receipt = replace(EMAIL, kind=Kind.TRANSACTIONAL)

    offer = rendered(EMAIL).headers["List-Unsubscribe"]

    assert offer.startswith("<https://news.example.com/u/")
    assert {"X-Campaign": "7"} == rendered(receipt).headers


def test_a_mails_own_texts_may_name_the_link() -> None:
    said = replace(CONTENT, html="<a href='{{ unsubscribe_url }}'>", text="{{ unsubscribe_url }}")

    email = rendered(replace(EMAIL, content=said), Tracking.OWN)

    offered = email.headers["List-Unsubscribe"].strip("<>")
    assert offered == email.text
    assert f"<a href='{offered}'>" in (email.html or "")


@pytest.mark.parametrize(
    ("tracking", "is_ours"),
    [(Tracking.SES, False), (Tracking.OWN, True), (Tracking.NONE, False)],
)
def test_only_tracking_of_our_own_changes_the_html(tracking: Tracking, *, is_ours: bool) -> None:
    linked = replace(CONTENT, html='<a href="https://shop.example.com">{{ name }}</a>')

    html = rendered(replace(EMAIL, content=linked), tracking).html or ""

    assert is_ours == ("https://news.example.com/c/" in html)
    assert is_ours == ("https://news.example.com/o/" in html)
