"""Fills the texts of a request with each recipient's data: Jinja, narrowed to a safe subset.

A missing variable is an error, never a blank; in HTML every value is escaped. The work is done in
`template_engine`, which is loaded when there is some: Jinja is a tenth of a function's start.
"""

from collections.abc import Mapping
from typing import Any, Final

MAX_SOURCE: Final = 256 * 1024
"""Characters of a template."""

MAX_OUTPUT: Final = 1 << 20
"""Characters of a rendered text."""


def render_text(source: str, data: Mapping[str, Any]) -> str:
    """Return a subject or a plain text, filled.

    Args:
        source: the template.
        data: the recipient's variables, JSON values by name.

    Raises:
        InvalidTemplate: names the variable or the line, and the remedy.
    """
    from message_tracker.core.domain.template_engine import rendered_text

    return rendered_text(source, data)


def render_html(source: str, data: Mapping[str, Any]) -> str:
    """Return an HTML text, filled with escaped values.

    Args:
        source: the template.
        data: the recipient's variables, JSON values by name.

    Raises:
        InvalidTemplate: names the variable or the line, and the remedy.
    """
    from message_tracker.core.domain.template_engine import rendered_html

    return rendered_html(source, data)


def variables(source: str) -> frozenset[str]:
    """Return the names a template takes from its data, also those it only asks for.

    Raises:
        InvalidTemplate: the source is no template.
    """
    from message_tracker.core.domain.template_engine import names_in

    return names_in(source)
