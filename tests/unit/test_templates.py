"""Templates: filled with a recipient's data, and harmless whoever wrote them."""

import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from message_tracker.core.domain.errors import InvalidTemplate
from message_tracker.core.domain.templates import (
    MAX_OUTPUT,
    MAX_SOURCE,
    render_html,
    render_text,
    variables,
)

PARTS = [
    "{{ long | upper }}", "{% if long in many %}{% endif %}", "{{ many | sort | join }}",
    "{{ number * number }}", "{{ long.split() | length }}", "{{ (long ~ long) | truncate(9) }}",
    "{% for n in range(number) %}{{ n }}{% endfor %}", "{{ long | urlencode }}",
]  # fmt: skip


def again(body: str) -> str:
    return "{% for n in range(9999) %}" + body + "{% endfor %}"


ORDER = {"items": [{"name": "Tea", "price": 9.5}, {"name": "Cup", "price": 12}]}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hi {{ name }}!\n", "Hi Ann!\n"),
        ("{{ name | upper }} {{ name.lower() }}", "ANN ann"),
        ("{{ nickname | default('friend') }}", "friend"),
        ("{% if vip %}Dear{% else %}Hi{% endif %} {{ name }}", "Dear Ann"),
        ("{% if missing is defined %}{{ missing }}{% endif %}", ""),
        ("{% for item in order.items %}{{ loop.index }}{{ item.name }}{% endfor %}", "1Tea2Cup"),
        ("{{ '%.2f' | format(order.items[0].price) }}", "9.50"),
        ("{{ 'a' ~ 1 ~ name }} {{ 1 + 2 * 3 }} {{ 9.456 | round(1) }}", "a1Ann 7 9.5"),
        ("{{ tags | join(', ') }}", "x, y"),
        ("{{ order.items | join('+', 'name') }}", "Tea+Cup"),
        ("{% for key, value in pair.items() %}{{ key }}={{ value }}{% endfor %}", "k=v"),
        ("{% for n in range(3) %}{{ loop.cycle('a', 'b') }}{% endfor %}", "aba"),
        ("{{ 'yes' if name in ['Ann', 'Bob'] else 'no' }}", "yes"),
        ("100 % {of} it {# unseen #}{% raw %}{{ raw }}{% endraw %}", "100 % {of} it {{ raw }}"),
    ],
)  # fmt: skip
def test_a_text_is_filled_with_the_data(source: str, expected: str) -> None:
    data = {"name": "Ann", "vip": True, "order": ORDER, "tags": ["x", "y"], "pair": {"k": "v"}}

    assert expected == render_text(source, data)


def test_html_escapes_every_value_and_no_markup_of_its_own() -> None:
    data = {"name": "<script>", "tags": ["<b>", "&"]}

    html = render_html("<p>{{ name }} {{ tags | join('<br>') }} {{ name ~ '!' }}</p>", data)

    assert html == "<p>&lt;script&gt; &lt;b&gt;&lt;br&gt;&amp; &lt;script&gt;!</p>"


def test_a_plain_text_is_not_escaped() -> None:
    assert render_text("{{ name }}", {"name": "A & B <c>"}) == "A & B <c>"


@given(st.text().filter(lambda text: "{" not in text and "\r" not in text))
@example("100 % off }} %} #}")
def test_a_text_without_braces_stays_as_it_is(text: str) -> None:
    assert text == render_text(text, {})


@given(st.text())
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    assert value == render_text("{{ value }}", {"value": value})


@given(st.text(alphabet="{}%# abif()[]'|~.+*0", max_size=40))
def test_no_source_raises_anything_but_invalid_template(source: str) -> None:
    try:
        render_html(source, {"a": "x", "b": [1]})
    except InvalidTemplate:
        return


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("{{ name }}", "line 1: the variable 'name' is missing"),
        ("\n\n{{ user.city }}", "line 3: the variable 'city' is missing"),
        ("{% for x in names %}{% endfor %}", "the variable 'names' is missing"),
        ("{{ name", "line 1: unexpected end of template"),
        ("a\n{% if x %}", "line 2: Unexpected end of template"),
        ("{{ user }}", "a list or an object is printed here"),
        ("{{ nothing }}", "a value printed here is null"),
        ("{{ user < 3 }}", "a value in `data` does not fit its use here (TypeError)"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{% for x in [user, user] %}{% endfor %}", "a list in a template holds only fixed values"),
    ],
)
def test_an_error_names_the_line_and_what_is_wrong(source: str, named: str) -> None:
    with pytest.raises(InvalidTemplate) as caught:
        render_text(source, {"user": {}, "nothing": None})

    assert named in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ name | attr('__class__') }}",
        "{{ name.__init__.__globals__ }}",
        "{{ '{0.__class__}'.format(name) }}",
        "{{ cycler.__init__ }}",
        "{{ self.__init__ }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set x = name %}",
        "{{ name() }}",
        "{{ name['__class__'] }}",
        "{{ ().__class__.__bases__[0].__subclasses__() }}",
        "{{ '%s' | format(name.__class__) }}",
        "{{ '{0.__class__.__mro__}'.format_map({}) }}",
        "{{ name | map('attr', '__class__') }}",
        "{{ range.__globals__ }}",
        "{{ loop.__init__ }}{% for n in [1] %}{{ loop.__init__.__globals__ }}{% endfor %}",
        "{{ namespace(x=1) }}",
        "{{ lipsum() }}",
        "{{ joiner() }}",
        "{% extends 'base' %}",
        "{% from 'os' import path %}",
        "{% block x %}{% endblock %}",
        "{% with x = name %}{{ x }}{% endwith %}",
        "{% filter upper %}x{% endfilter %}",
        "{% call name() %}{% endcall %}",
        "{% autoescape false %}{{ name }}{% endautoescape %}",
        "{{ name | safe }}",
        "{{ name | tojson }}",
        "{{ name | pprint }}",
        "{{ name | xmlattr }}",
        "{{ [name] | batch(1) }}",
        "{{ name | weighed(-1) }}",
        "{{ name | metered(-1) }}",
        "{{ request.application }}",
        "{{ config }}",
    ],
)
def test_a_template_reads_nothing_but_its_data(source: str) -> None:
    with pytest.raises(InvalidTemplate):
        render_text(source, {"name": "Ann"})


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{{ 'x' * 999999999 }}", id="multiplied text"),
        pytest.param("{{ 9 ** 9 ** 9 }}", id="power"),
        pytest.param("{{ range(999999999999) | sum }}", id="long range"),
        pytest.param("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
                     id="nested loops"),
        pytest.param("{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}", id="recursion"),
        pytest.param("{{ '%999999999d' | format(1) }}", id="padding by format"),
        pytest.param("{{ '{:999999999}'.format(1) }}", id="padding by str.format"),
        pytest.param("{{ name | center(999999999) }}", id="padding by a filter"),
        pytest.param("{{ 5 | round(-999999999) }}", id="rounding to a huge power of ten"),
        pytest.param("{{ " + "long ~ " * 1000 + "long }}", id="concatenation"),
        pytest.param("{{ many | join(long) }}", id="long separators"),
        pytest.param("{% for n in range(999) %}{{ long }}{% endfor %}", id="long output"),
        pytest.param("{{ " + "(" * 100_000 + "1" + ")" * 100_000 + " }}", id="deep brackets"),
        pytest.param("{{ " + "1+" * 20_000 + "1 }}", id="long sum"),
        pytest.param("{% for a in a %}" * 50 + "{% endfor %}" * 50, id="deep blocks"),
        pytest.param("{{ " + "long|upper ~ " * 10_000 + "'' }}", id="many parts"),
        pytest.param("x" * (MAX_SOURCE + 1), id="long source"),
        pytest.param("{{ " + "9" * 9999 + " }}", id="long number"),
        pytest.param("{{ lists | sum(start=[]) }}", id="lists added up"),
        pytest.param(again("{% if huge | upper %}{% endif %}"), id="a filter again and again"),
        pytest.param(again("{% if huge.split() %}{% endif %}"), id="a method again and again"),
        pytest.param(again("{% if huge[1:] %}{% endif %}"), id="a slice again and again"),
        pytest.param(again("{% if twin == huge %}{% endif %}"), id="a comparison again and again"),
        pytest.param(again("{% if 'y' is in huge %}{% endif %}"), id="a test again and again"),
        pytest.param(again("{% if 'y' in many %}{% endif %}" * 9), id="a search again and again"),
        pytest.param(again("{% if (long ~ long) == '' %}{% endif %}"), id="joined again and again"),
        pytest.param(again("{% if many | sort %}{% endif %}"), id="sorted again and again"),
        pytest.param(again("{% if digits | string == '' %}{% endif %}"), id="written out again"),
        pytest.param(again("{% if name and " + "1 + " * 300 + "1 %}{% endif %}"), id="long body"),
        pytest.param("{{ huge | urlencode }}", id="a slow filter on a long text"),
    ],
)  # fmt: skip
def test_a_bomb_is_refused_quickly(source: str) -> None:
    data = {
        "name": "Ann", "long": "x" * 20_000, "many": ["x"] * 1000, "a": [1],
        "huge": "x " * 1_000_000, "twin": "x " * 1_000_000, "lists": [[1]] * 100_000,
        "digits": int("9" * 4300),
    }  # fmt: skip
    started = time.monotonic()

    with pytest.raises(InvalidTemplate):
        render_text(source, data)

    assert time.monotonic() - started < 10  # each takes less than one on a quiet machine


@settings(max_examples=25)
@given(st.lists(st.sampled_from(PARTS), max_size=6), st.integers(0, 5))
def test_whatever_is_looped_over_whatever_ends_soon(parts: list[str], loops: int) -> None:
    source = "{% for a in many %}" * loops + "".join(parts) + "{% endfor %}" * loops
    data = {"long": "x " * 2000, "many": ["x"] * 50, "number": 7}
    started = time.monotonic()

    try:
        render_html(source, data)
    except InvalidTemplate:
        pass
    finally:
        taken = time.monotonic() - started

    assert taken < 10


def test_a_long_newsletter_stays_far_below_the_limits() -> None:
    items = [{"name": f"Item {n}", "price": n / 7, "tags": ["new"]} for n in range(1000)]
    source = (
        "{% for item in items %}{% if 'new' in item.tags and loop.index < items | length %}"
        "<li>{{ item.name | upper }} {{ '%.2f' | format(item.price) }} {{ item.tags | join }}</li>"
        "{% endif %}{% endfor %}"
    )

    assert render_html(source, {"items": items}).count("<li>") == 999


def test_the_output_has_a_limit_of_its_own() -> None:
    with pytest.raises(InvalidTemplate, match=f"beyond {MAX_OUTPUT} characters"):
        render_text("{{ a }}{{ a }}", {"a": "x" * (MAX_OUTPUT // 2 + 1)})


def test_one_rendering_does_not_spend_the_budget_of_the_next() -> None:
    source = "{% for n in range(9000) %}{% endfor %}ok"

    assert [render_text(source, {}) for _ in range(3)] == ["ok"] * 3


def test_data_cannot_enlarge_the_budget() -> None:
    source = "{% for a in range(9000) %}{% endfor %}{% for b in range(9000) %}{% endfor %}"
    data: dict[str, Any] = {" meter": [1] * 99_999}

    with pytest.raises(InvalidTemplate, match="the loops run more than"):
        render_text(source, data)


def test_an_error_shows_no_value() -> None:
    with pytest.raises(InvalidTemplate) as caught:
        render_text("{{ secret() }}", {"secret": "Ann Smith"})

    assert "Ann" not in str(caught.value)


def test_the_variables_of_a_template_are_what_it_takes_from_the_data() -> None:
    source = "{{ user.name }}{% for i in range(n) %}{{ i }}{% endfor %}{{ a | default(b) }}"

    assert variables(source) == {"user", "n", "a", "b"}


def test_what_is_no_template_has_no_variables() -> None:
    with pytest.raises(InvalidTemplate, match="line 1"):
        variables("{{ name")
