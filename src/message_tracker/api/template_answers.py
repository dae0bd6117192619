"""What is answered of templates, as JSON objects."""

from collections.abc import Mapping, Sequence
from typing import Any

from message_tracker.core.domain.named_template import TemplateVersion
from message_tracker.core.domain.template_drafts import Preview, channels, variables_of


def template_page(templates: Sequence[TemplateVersion], limit: int) -> Mapping[str, Any]:
    """Return a page of so many templates, made of one more than it shows if there are more."""
    shown = templates[:limit]
    return {
        "templates": [_summary(template) for template in shown],
        "next": shown[-1].name if len(templates) > limit else None,
    }


def template_answer(template: TemplateVersion) -> dict[str, Any]:
    """Return a version with its texts."""
    return {
        **_summary(template),
        "archived_at": template.archived_at,
        "variables": variables_of(template.texts),
        **template.texts.model_dump(),
    }


def template_history(versions: Sequence[TemplateVersion]) -> Mapping[str, Any]:
    """Return the first of some versions, the latest, with a list of them all."""
    told = [
        {"version": one.version, "created_at": one.created_at, "archived_at": one.archived_at}
        for one in versions
    ]
    return {**template_answer(versions[0]), "versions": told}


def preview_answer(template: TemplateVersion, preview: Preview) -> Mapping[str, Any]:
    """Return a template filled, and what its SMS costs."""
    answer: dict[str, Any] = {
        "name": template.name, "version": template.version, **preview.texts,
    }  # fmt: skip
    if preview.segmentation is not None:
        answer["sms"] = {
            "encoding": preview.segmentation.encoding.value,
            "segments": preview.segmentation.segments,
            "forced_ucs2": list(dict.fromkeys(preview.segmentation.forced_ucs2)),
        }
    return answer


def _summary(template: TemplateVersion) -> dict[str, Any]:
    return {
        "name": template.name,
        "version": template.version,
        "channels": channels(template.texts),
        "created_at": template.created_at,
    }
