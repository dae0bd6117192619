"""The subset of Jinja a message may use, made for templates that strangers may write.

Jinja's own sandbox keeps a template from Python's insides, but not from the processor and the
memory. Here a template prints, branches and loops, and nothing it can say grows beyond what its
data holds: no assignments, macros, imports, arithmetic on strings or literal lists of variables;
filters and methods are allow-lists, and what loops and they do is metered: see `template_meter`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, nodes, pass_context
from jinja2.exceptions import SecurityError, TemplateRuntimeError, TemplateSyntaxError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, LoopContext, markup_join
from jinja2.sandbox import ImmutableSandboxedEnvironment

from message_tracker.core.domain.template_meter import MAX_ITERATIONS, Meter

MAX_CONCATENATED: Final = 1 << 20
"""Characters that `~` or `join` may make of one expression."""

MAX_NODES: Final = 10_000
"""Parts of a template, as its syntax tree counts them."""

METER: Final = " meter"  # the meter's variable: a name no template can say
_METERED, _WEIGHED, _CONCATENATED = " metered", " weighed", " concatenated"  # filters, likewise

_FILTERS: Final = frozenset(
    {
        *("abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first"),
        *("float", "int", "items", "last", "length", "lower", "max", "min", "reverse", "sort"),
        *("string", "striptags", "title", "trim", "truncate", "unique", "upper"),
        *("urlencode", "wordcount"),
    }
)
# Their work does not grow with the value; all others look at the whole of it.
_LIGHT_FILTERS: Final = frozenset({"count", "d", "default", "first", "items", "last", "length"})
_HEAVY_FILTERS: Final[Mapping[str, int]] = {
    "striptags": 5, "title": 10, "urlencode": 40, "wordcount": 10,
}  # fmt: skip
_LIGHT_TESTS: Final = frozenset({"defined", "undefined"})
_METHODS: Final[Mapping[type, frozenset[str]]] = {
    str: frozenset(
        {"capitalize", "endswith", "lower", "split", "startswith", "strip", "title", "upper"}
    ),
    dict: frozenset({"get", "items", "keys", "values"}),
    LoopContext: frozenset({"cycle"}),
}
_STATEMENTS: Final = (nodes.Template, nodes.Output, nodes.For, nodes.If)
_EXPRESSIONS: Final = (
    nodes.Name,
    nodes.Const,
    nodes.TemplateData,
    nodes.List,
    nodes.Tuple,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Test,
    nodes.Call,
    nodes.Keyword,
    nodes.Getitem,
    nodes.Getattr,
    nodes.Slice,
    nodes.Concat,
    nodes.Compare,
    nodes.Operand,
    nodes.BinExpr,
    nodes.UnaryExpr,
)
# No wider than two digits: '%999999999d' would fill the memory.
_FORMAT: Final = re.compile(r"(?:[^%]|%%|%[-+ 0]?\d{0,2}(?:\.\d{1,2})?[sdf])*")
_MAX_NUMBER: Final = 10**18
_MAX_PRECISION: Final = 15


class NamedUndefined(StrictUndefined):
    """A missing variable that says its name and the remedy when it is used."""

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        return (
            f"the variable {self._undefined_name!r} is missing: give it in `data`, or write"
            " {{ … | default('…') }}"
        )


class MessageEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, narrowed to what a message needs."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape,
            undefined=NamedUndefined,
            finalize=_printable,
            keep_trailing_newline=True,
            cache_size=0,
        )
        self.globals = {"range": _range}
        self.filters = {name: FILTERS[name] for name in _FILTERS} | {
            "format": _format,
            "join": _join,
            "round": _round,
            "sum": _sum,
            _CONCATENATED: _concatenated,
            _METERED: _metered,
            _WEIGHED: _weighed,
        }

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        for count, node in enumerate(list(template.find_all(nodes.Node))):
            if count == MAX_NODES:
                raise _unavailable(f"more than {MAX_NODES} parts: simplify", node)
            _check(node)
            _bound(node)
        return template

    def getattr(self, obj: object, attribute: str) -> object:
        """Prefer the data's own key: `order.items` is the order's items, not a method."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Let a template read a loop's state, and call the methods on the list."""
        if isinstance(obj, LoopContext) and not callable(value):
            return super().is_safe_attribute(obj, attr, value)
        return any(attr in names for kind, names in _METHODS.items() if isinstance(obj, kind))

    def is_safe_callable(self, obj: object) -> bool:
        """Let a template call `range` and the methods on the list."""
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        if obj is _range or any(
            name in names for kind, names in _METHODS.items() if isinstance(owner, kind)
        ):
            return True
        # Jinja's own message would show the value, which is a person's.
        raise SecurityError("only range, loop.cycle and a few methods of texts can be called")

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Compute with numbers of a sensible size only."""
        if not (_is_number(left) and _is_number(right)):
            raise SecurityError(f"{operator!r} takes numbers: join texts with '~'")
        return super().call_binop(context, operator, left, right)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) <= _MAX_NUMBER


def _check(node: nodes.Node) -> None:
    if isinstance(node, nodes.For) and node.recursive:
        raise _unavailable("recursive loops are not available", node)
    if isinstance(node, nodes.List | nodes.Tuple) and not _is_fixed(node):
        raise _unavailable("a list in a template holds only fixed values", node)
    if isinstance(node, nodes.Pow) or not isinstance(node, (*_STATEMENTS, *_EXPRESSIONS)):
        word = type(node).__name__.lower()
        raise _unavailable(f"'{word}' is not available: use {{{{ variable }}}}, if and for", node)


def _unavailable(detail: str, node: nodes.Node) -> TemplateSyntaxError:
    # A node that Jinja makes by itself has no line, whatever its type says.
    return TemplateSyntaxError(detail, node.lineno or 1)


def _is_fixed(node: nodes.List | nodes.Tuple) -> bool:
    """Whether a literal holds constants only, or is a loop's target (`for key, value in …`)."""
    if isinstance(node, nodes.Tuple) and node.ctx == "store":
        return True
    return all(isinstance(item, nodes.Const) for item in node.iter_child_nodes())


def _bound(node: nodes.Node) -> None:
    """Put a meter before whatever takes longer the more it is given."""
    match node:
        case nodes.For():
            parts = sum(1 for _ in node.find_all(nodes.Node))
            node.iter = _filtered(node.iter, _METERED, parts)
        case nodes.Concat():
            node.nodes = [_filtered(nodes.List(node.nodes), _CONCATENATED)]
        case nodes.Compare():
            node.expr = _weigh(node.expr)
            for operand in node.ops:
                operand.expr = _weigh(operand.expr)
        case nodes.Filter() if node.name not in _LIGHT_FILTERS:
            _weigh_operands(node, _HEAVY_FILTERS.get(node.name, 1))
        case nodes.Test() if node.name not in _LIGHT_TESTS:
            _weigh_operands(node, 1)
        case nodes.Call(node=nodes.Getattr() as method):
            method.node = _weigh(method.node)
            node.args = [_weigh(argument) for argument in node.args]
        case nodes.Getitem(arg=nodes.Slice()):
            node.node = _weigh(node.node)
        case _:
            pass


def _weigh_operands(node: nodes.Filter | nodes.Test, weight: int) -> None:
    if node.node is not None:
        node.node = _weigh(node.node, weight)
    node.args = [_weigh(argument) for argument in node.args]
    for keyword in node.kwargs:
        keyword.value = _weigh(keyword.value)


def _weigh(value: nodes.Expr, weight: int = 1) -> nodes.Expr:
    # What stands in the template is short: its source has a limit.
    return value if isinstance(value, nodes.Const) else _filtered(value, _WEIGHED, weight)


def _filtered(value: nodes.Node, name: str, *arguments: int) -> nodes.Filter:
    constants: list[nodes.Expr] = [nodes.Const(argument) for argument in arguments]
    return nodes.Filter(value, name, constants, [], None, None, lineno=value.lineno)


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_ITERATIONS:
        raise SecurityError(f"range gives more than {MAX_ITERATIONS} numbers")
    return numbers


def _meter(context: Context) -> Meter:
    meter = context.resolve(METER)
    assert isinstance(meter, Meter)  # noqa: S101 - narrows the type: whoever renders puts it there
    return meter


@pass_context
def _metered(context: Context, items: Iterable[Any], parts: int) -> Iterator[Any]:
    meter = _meter(context)
    for item in items:
        meter.iterate(parts)
        yield item


@pass_context
def _weighed(context: Context, value: object, weight: int) -> object:
    _meter(context).handle(value, weight)
    return value


@pass_context
def _concatenated(context: Context, parts: Iterable[object]) -> str:
    printable = [_printable(part) for part in parts]
    return _joined(context, printable, sum(len(str(part)) for part in printable))


@pass_context
def _join(
    context: Context, items: Iterable[Any], separator: str = "", attribute: str | None = None
) -> str:
    parts = [item[attribute] if attribute else item for item in items]
    printable = [_printable(part) for part in parts]
    characters = sum(len(str(part)) + len(separator) for part in printable)
    between = [part for item in printable for part in (separator, item)]
    return _joined(context, between[1:], characters)


def _joined(context: Context, parts: list[object], characters: int) -> str:
    if characters > MAX_CONCATENATED:
        raise SecurityError(f"a text grows beyond {MAX_CONCATENATED} characters: shorten it")
    _meter(context).spend(characters)
    return markup_join(parts)


def _sum(items: Iterable[Any], attribute: str | None = None, start: float = 0) -> float:
    numbers = [item[attribute] if attribute else item for item in items]
    # Python would also add up lists, one copy after the other.
    if not all(_is_number(number) for number in (start, *numbers)):
        raise SecurityError("sum takes numbers: write | sum(attribute='…') for those of objects")
    return sum(numbers, start)


def _format(value: str, *arguments: object) -> str:
    if not _FORMAT.fullmatch(value):
        raise SecurityError("format takes %s, %d and %f with at most two digits of width: '%.2f'")
    return value % tuple(_printable(argument) for argument in arguments)


def _round(value: float, precision: int = 0) -> float:
    if not _is_number(value) or abs(precision) > _MAX_PRECISION:
        raise SecurityError(f"round takes a number and at most {_MAX_PRECISION} digits")
    return round(value, precision)


def _printable(value: object) -> object:
    """Return what a template prints; raise for what nobody wants to read in a message."""
    if value is None:
        raise TemplateRuntimeError("a value printed here is null: give it, or leave the text out")
    if isinstance(value, list | tuple | dict):
        raise TemplateRuntimeError("a list or an object is printed here: loop over it, or join it")
    return value
