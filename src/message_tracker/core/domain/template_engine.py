"""Jinja, narrowed to a safe subset, at work: what `templates` promises.

What a template may say is in `template_sandbox`.
"""

from collections.abc import Mapping
from functools import lru_cache
from traceback import walk_tb
from typing import Any, Final

from jinja2 import Template, TemplateError, TemplateSyntaxError, meta

from message_tracker.core.domain.errors import InvalidTemplate
from message_tracker.core.domain.template_meter import Meter
from message_tracker.core.domain.template_sandbox import METER, MessageEnvironment
from message_tracker.core.domain.templates import MAX_OUTPUT, MAX_SOURCE

_TEXT: Final = MessageEnvironment(autoescape=False)
_HTML: Final = MessageEnvironment(autoescape=True)
_COMPILED: Final = 256
"""Texts kept compiled, so that a named template is compiled once a process."""


def rendered_text(source: str, data: Mapping[str, Any]) -> str:
    """Return a text, filled with values as they are."""
    return _render(_compiled_text(source), data)


def rendered_html(source: str, data: Mapping[str, Any]) -> str:
    """Return a text, filled with escaped values."""
    return _render(_compiled_html(source), data)


@lru_cache(maxsize=_COMPILED)
def names_in(source: str) -> frozenset[str]:
    """Return the names that a template takes from its data."""
    _compiled_text(source)  # says what is wrong with it
    names = meta.find_undeclared_variables(_TEXT.parse(source))
    return frozenset(names - _TEXT.globals.keys())


@lru_cache(maxsize=_COMPILED)
def _compiled_text(source: str) -> Template:
    return _compile(_TEXT, source)


@lru_cache(maxsize=_COMPILED)
def _compiled_html(source: str) -> Template:
    return _compile(_HTML, source)


def _compile(environment: MessageEnvironment, source: str) -> Template:
    if len(source) > MAX_SOURCE:
        raise InvalidTemplate(
            f"the text has {len(source)} characters: shorten it to at most {MAX_SOURCE}"
        )
    try:
        return environment.from_string(source)
    except TemplateSyntaxError as error:
        raise InvalidTemplate(f"line {error.lineno}: {error.message}") from error
    except (RecursionError, SyntaxError, MemoryError) as error:
        # Python's own limits on nesting, met when the template is compiled to Python.
        raise InvalidTemplate("the text nests too deeply: flatten its expressions") from error
    except ValueError as error:
        raise InvalidTemplate("a number has too many digits: shorten it") from error


def _render(template: Template, data: Mapping[str, Any]) -> str:
    try:
        return _collect(template, {**data, METER: Meter()})
    except TemplateError as error:
        raise InvalidTemplate(_at_line(error, error.message or "it cannot be filled")) from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # What filters and comparisons raise for values of the wrong type.
        detail = f"a value in `data` does not fit its use here ({type(error).__name__})"
        raise InvalidTemplate(_at_line(error, detail)) from error


def _collect(template: Template, variables_by_name: Mapping[str, Any]) -> str:
    parts: list[str] = []
    room = MAX_OUTPUT
    for part in template.generate(variables_by_name):
        room -= len(part)
        if room < 0:
            raise TemplateError(f"the text grows beyond {MAX_OUTPUT} characters: shorten it")
        parts.append(part)
    return "".join(parts)


def _at_line(error: Exception, detail: str) -> str:
    """Put the template's line before the detail; Jinja keeps it in the traceback only."""
    lines = [
        line
        for frame, line in walk_tb(error.__traceback__)
        if frame.f_code.co_filename == "<template>"
    ]
    return f"line {lines[-1]}: {detail}" if lines else detail
