"""HTML with our pixel and our links."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.links import Links
from message_tracker.core.domain.message import MessageId
from message_tracker.core.domain.signed_token import Purpose, SigningKeys, verify
from message_tracker.core.domain.tracked_html import MAX_URL, in_a_header, is_web_link, tracked

KEYS = SigningKeys({1: b"a" * 32})
LINKS = Links(
    "https://news.example.com/", KEYS, MessageId(UUID(int=7)), datetime(2030, 1, 31, tzinfo=UTC)
)
PIXEL = f'<img src="{LINKS.pixel}" width="1" height="1" alt="" style="border:0">'


def led_to(html: str) -> list[str]:
    """Return where our links in the HTML lead."""
    tokens = re.findall(r'(?i:href) ?= ?"https://news\.example\.com/c/([\w-]+)"', html)
    return [verify(Purpose.CLICK, token, KEYS).url for token in tokens]


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        pytest.param('<a href="https://a.test/x?a=1&amp;b=2">x</a>', ["https://a.test/x?a=1&b=2"]),
        pytest.param("<A class='x' HREF='http://a.test'>x</A>", ["http://a.test"]),
        pytest.param("<a href=https://a.test/ id=1>x</a>", ["https://a.test/"]),
        pytest.param('<map><area href = "https://a.test"></map>', ["https://a.test"]),
        pytest.param('<a title="href=\'https://no.test\'" href="https://a.test">', ["https://a.test"]),
        pytest.param('<a\n href="https://a.test">1</a>\n<a href="https://b.test">2</a>',
                     ["https://a.test", "https://b.test"]),
    ],
)  # fmt: skip
def test_web_links_lead_through_ours(html: str, urls: list[str]) -> None:
    assert urls == led_to(tracked(html, LINKS))


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:a@example.com">x</a>',
        '<a href="tel:+14254147755">x</a>',
        '<a href="#top">x</a>',
        '<a href="/relative">x</a>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="https://a.test" data-no-track>x</a>',
        f'<a href="{LINKS.unsubscribe}">x</a>',
        '<!-- <a href="https://a.test">x</a> -->',
        '<style>a[href="https://a.test"] {}</style>',
        '<a href="https://a.test/\nLocation: x">x</a>',
        f'<a href="https://a.test/{"x" * MAX_URL}">x</a>',
        '<link href="https://a.test"><p>a &amp; b<br></p>',
        "<a name=x>no link</a> a < b <a",
    ],
)
def test_everything_else_stays_as_it_was_written(html: str) -> None:
    assert html + PIXEL == tracked(html, LINKS)


def test_the_pixel_stands_at_the_end_of_the_body() -> None:
    html = "<html>\n<body><p>Ä</p></BODY>\n</html>"

    assert html.replace("</BODY>", f"{PIXEL}</BODY>") == tracked(html, LINKS)


@given(html=st.text(alphabet="<>ahref='\"=/ \n&;!-bodyx", max_size=60))
def test_no_html_is_too_broken(html: str) -> None:
    result = tracked(html, LINKS)

    assert html == result.replace(PIXEL, "", 1) or led_to(result)


@given(url=st.text(max_size=40).map("https://example.com/".__add__))
def test_a_link_in_a_header_is_printable_ascii(url: str) -> None:
    if is_web_link(url):
        assert re.fullmatch(r"[!-~]+", in_a_header(url))
