"""The text part made of an HTML template: readable, and a template of the same data."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.plain_text import plain_text
from message_tracker.core.domain.templates import render_text, variables


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Hello", "Hello"),
        ("<p>Hello   \n you</p><p>Bye</p>", "Hello you\n\nBye"),
        ("<h1>News</h1>\n\n<p>One<br>two</p>", "News\n\nOne\ntwo"),
        ("<ul><li>Tea</li><li>Cup</li></ul>", "- Tea\n- Cup"),
        ("<table><tr><td>Tea</td><td>9</td></tr><tr><td>Cup</td></tr></table>", "Tea 9\nCup"),
        ('<a href="https://a.example/x">Read</a> it', "Read (https://a.example/x) it"),
        ('<a href="https://a.example/x">https://a.example/x</a>', "https://a.example/x"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ('<a href="#top">Up</a> <a>No</a>', "Up No"),
        ('<a href="https://a.example"><img alt="" src="x"></a>', "https://a.example"),
        ('<img alt="Our logo" src="x">', "Our logo"),
        ("<b>bo</b>ld <i>and</i> more", "bold and more"),
        ("Tom &amp; Jerry&nbsp;&lt;3", "Tom & Jerry <3"),
        ("<head><title>T</title></head><style>p{}</style><script>x()</script><p>Hi</p>", "Hi"),
        ('<div style="DISPLAY : none">Preview<br></div><div hidden>x</div>Hi', "Hi"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("a<hr>b", "a\n----\nb"),
        ("<p>a</p></p></li></td></a></pre>", "a"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_seen_stays_and_nothing_else(html: str, text: str) -> None:
    assert text == plain_text(html)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hi {{ name }}</p>", "Hi {{ name }}"),
        ("{% if a < b %}<p>less</p>{% endif %}", "{% if a < b %}\n\nless\n\n{% endif %}"),
        ('<a href="{{ link }}">Go</a>', "Go ({{ link }})"),
        ('<td {% if x %}class="y"{% endif %}>T</td>', "T"),
        ("{# <p>unseen</p> #}Hi", "{# <p>unseen</p> #}Hi"),
        ("<p>{{ '&amp;' }}</p>", "{{ '&amp;' }}"),
    ],
)
def test_the_tags_of_the_template_stay_where_they_stand(html: str, text: str) -> None:
    assert text == plain_text(html)


def test_a_brace_made_by_an_entity_begins_no_tag() -> None:
    text = plain_text("&#123;&#123; name }} &#123;% x %} {&#123; y")

    assert variables(text) == frozenset()
    assert render_text(text, {}) == "{{ name }} {% x %} {{ y"


@given(st.text(max_size=80))
def test_any_html_without_tags_of_a_template_gives_a_text_that_fills(html: str) -> None:
    text = plain_text(html.replace("{", ""))

    assert render_text(text, {}) == text


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", "<a href='", "<!--", "<div>", "</div>", "{{", "&#", "<a b=", "<script>", "<pre> "],
)
def test_hostile_html_is_read_quickly(piece: str) -> None:
    started = time.monotonic()

    plain_text(piece * (200_000 // len(piece)))

    assert time.monotonic() - started < 10
