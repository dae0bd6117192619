"""Named templates: created, looked at, tried, archived."""

from typing import Final

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.models.templates import (
    ArchiveAnswer,
    NewTemplate,
    PreviewAnswer,
    PreviewRequest,
    TemplateAnswer,
    TemplateHistory,
    TemplateList,
    TemplatePage,
)
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.api.template_answers import (
    preview_answer,
    template_answer,
    template_history,
    template_page,
)
from message_tracker.core.domain.api_key import Scope
from message_tracker.core.domain.named_template import TemplateTexts, checked_template_name
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.domain.send_request import MAX_VERSION

_TAG: Final = "Templates"
_WRITE: Final = frozenset({Scope.ADMIN})


def add(api: Router, services: Services) -> None:
    """Register the routes."""
    _add_changes(api, services)
    _add_reads(api, services)


def _add_changes(api: Router, services: Services) -> None:
    templates = services.templates

    @api.post(
        "/templates",
        Operation(
            summary="Create a template, or a new version of one",
            tag=_TAG,
            scopes=_WRITE,
            body=NewTemplate,
            answer=TemplateAnswer,
        ),
    )
    def create_template(call: Call) -> Response[str]:
        """The same texts as the latest version's make no new version."""
        given = call.body(NewTemplate)
        texts = TemplateTexts(**given.model_dump(exclude={"name"}))
        return answered(template_answer(templates.put(given.name, texts)))

    @api.put(
        "/templates/<name>",
        Operation(
            summary="Say what a template says from now on",
            tag=_TAG,
            scopes=_WRITE,
            body=TemplateTexts,
            answer=TemplateAnswer,
        ),
    )
    def put_template(call: Call) -> Response[str]:
        """A new version, unless the latest says just this."""
        name = _name(call)
        return answered(template_answer(templates.put(name, call.body(TemplateTexts))))

    @api.delete(
        "/templates/<name>",
        Operation(
            summary="Archive a template: nothing new is sent by it",
            tag=_TAG,
            scopes=_WRITE,
            answer=ArchiveAnswer,
            problems=(404,),
        ),
    )
    def archive_template(call: Call) -> Response[str]:
        """What was accepted before is sent all the same."""
        name = call.path["name"]
        return answered({"name": name, "archived": templates.archive(name)})


def _add_reads(api: Router, services: Services) -> None:
    templates = services.templates

    @api.get(
        "/templates",
        Operation(summary="List the templates", tag=_TAG, query=TemplatePage, answer=TemplateList),
    )
    def list_templates(call: Call) -> Response[str]:
        """By name, without those archived."""
        page = call.query(TemplatePage)
        found = templates.templates.page(page.after, page.limit + 1)
        return answered(template_page(found, page.limit))

    @api.get(
        "/templates/<name>",
        Operation(
            summary="A template's latest version, its variables, and its versions",
            tag=_TAG,
            answer=TemplateHistory,
            problems=(404,),
        ),
    )
    def template(call: Call) -> Response[str]:
        """Also of a template that is archived."""
        return answered(template_history(templates.versions(call.path["name"])))

    @api.get(
        "/templates/<name>/versions/<version>",
        Operation(
            summary="A version of a template",
            tag=_TAG,
            answer=TemplateAnswer,
            problems=(404,),
        ),
    )
    def template_version(call: Call) -> Response[str]:
        """A version never changes."""
        number = _number(call.path["version"])
        return answered(template_answer(templates.version(call.path["name"], number)))

    @api.post(
        "/templates/<name>/preview",
        Operation(
            summary="Fill a template with somebody's data, and send nothing",
            tag=_TAG,
            body=PreviewRequest,
            answer=PreviewAnswer,
            problems=(404,),
        ),
    )
    def preview_template(call: Call) -> Response[str]:
        """Exactly what a send would make of it, or every fault."""
        given = call.body(PreviewRequest)
        filled = templates.preview(call.path["name"], given.version, given.data)
        return answered(preview_answer(*filled))


def _name(call: Call) -> str:
    """Return the name in the path, of a template that may not exist yet."""
    try:
        return checked_template_name(call.path["name"])
    except ValueError as error:
        raise invalid_request([Fault("#/name", "name", f"`name` {error}")]) from error


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:10]) <= MAX_VERSION):
        raise not_found("a version is a number from 1 on")
    return int(text)
