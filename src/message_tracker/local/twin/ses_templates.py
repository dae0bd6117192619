"""E-mail templates that SES keeps: created, and filled for a SendEmail by name.

Only ``{{name}}`` is filled, in HTML without escaping, as SES does it; of Handlebars, which SES
fills too, the twin has no more. A name that the data lacks is found when the mail is rendered: the
call is answered, and a `Rendering Failure` follows.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from message_tracker.local.twin.exchange import AwsError, Request, Response, json_response

TEMPLATES_PATH: Final = "/v2/email/templates"
_VARIABLE: Final = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}")


class RenderingFailed(Exception):
    """The data lacks a variable of the template."""


class Filled(NamedTuple):
    """What a call's content came to: as if it had been written out, or why it did not fill."""

    content: Mapping[str, Any]
    template_name: str = ""
    failure: str = ""


class SesTemplates:
    """Answers the requests below `TEMPLATES_PATH`, and fills."""

    def __init__(self) -> None:
        self._contents: dict[str, Mapping[str, str]] = {}

    def answer(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            AwsError: as SES would.
        """
        name = request.path.removeprefix(TEMPLATES_PATH).removeprefix("/")
        match request.method, name:
            case "POST", "":
                return self._create(request.json())
            case "GET", name if name:
                content = self._content(name)
                return json_response({"TemplateName": name, "TemplateContent": content})
            case method, _:
                raise AwsError(404, "NotFoundException", f"the twin has no {method} {request.path}")

    def fill(self, content: Mapping[str, Any]) -> Filled:
        """Return the content of a SendEmail, filled if it names a template.

        Raises:
            AwsError: there is no such template, or its data is no JSON object.
        """
        template = content.get("Template")
        if template is None:
            return Filled(content)
        name = template.get("TemplateName", "")
        texts, data = self._content(name), _data(template)
        try:
            subject, text, html = (
                _filled(texts.get(part, ""), data) for part in ("Subject", "Text", "Html")
            )
        except RenderingFailed as error:
            subject, text, html, failure = "", "", "", str(error)
        else:
            failure = ""
        simple = {
            "Subject": {"Data": subject},
            "Body": {"Text": {"Data": text}, "Html": {"Data": html}},
            "Headers": template.get("Headers") or (),
        }
        return Filled({"Simple": simple}, name, failure)

    def _create(self, call: Mapping[str, Any]) -> Response:
        name = call.get("TemplateName", "")
        if name in self._contents:
            raise AwsError(400, "AlreadyExistsException", f"Template {name} already exists")
        self._contents[name] = call.get("TemplateContent") or {}
        return json_response({})

    def _content(self, name: str) -> Mapping[str, str]:
        if name not in self._contents:
            raise AwsError(404, "NotFoundException", f"Template {name} does not exist")
        return self._contents[name]


def _data(template: Mapping[str, Any]) -> Mapping[str, object]:
    try:
        data = json.loads(template.get("TemplateData") or "{}")
    except ValueError as error:
        raise AwsError(400, "BadRequestException", "TemplateData is no JSON") from error
    if not isinstance(data, dict):
        raise AwsError(400, "BadRequestException", "TemplateData is no JSON object")
    return data


def _filled(text: str, data: Mapping[str, object]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in data:
            raise RenderingFailed(f"Attribute '{found[1]}' is not present in the rendering data.")
        return str(data[found[1]])

    return _VARIABLE.sub(value, text)
