"""Named templates: kept by version, tried, and archived."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from message_tracker.api.responses import not_found
from message_tracker.core.domain.named_template import TemplateTexts, TemplateVersion
from message_tracker.core.domain.template_drafts import Preview, complete, preview
from message_tracker.core.observability import logger
from message_tracker.core.store.templates import Templates

_LOGGER = logger("api")
_NOT_KNOWN: Final = "no template has this name, or it has no version of this number"


@dataclass(frozen=True, slots=True)
class TemplateService:
    """The use cases of ``/templates``."""

    templates: Templates
    clock: Callable[[], datetime]

    def put(self, name: str, texts: TemplateTexts) -> TemplateVersion:
        """Keep what a template says from now on, and return the version that says it.

        Raises:
            RequestRefused: lists everything that is wrong with the texts.
        """
        kept = self.templates.put(name, complete(texts), self.clock())
        _LOGGER.info("kept a template", template_id=kept.template_id, version=kept.version)
        return kept

    def version(self, name: str, version: int | None = None) -> TemplateVersion:
        """Return a version, or the latest.

        Raises:
            RequestRefused: 404, there is none.
        """
        found = self.templates.find(name, version)
        if found is None:
            raise not_found(_NOT_KNOWN)
        return found

    def versions(self, name: str) -> list[TemplateVersion]:
        """Return a template's versions, the latest first.

        Raises:
            RequestRefused: 404, there is no such template.
        """
        found = self.templates.versions(name)
        if not found:
            raise not_found(_NOT_KNOWN)
        return found

    def preview(
        self, name: str, version: int | None, data: Mapping[str, Any]
    ) -> tuple[TemplateVersion, Preview]:
        """Return a version, and what somebody with this data would get.

        Raises:
            RequestRefused: 404, or what does not fill.
        """
        found = self.version(name, version)
        return found, preview(found.texts, data)

    def archive(self, name: str) -> int:
        """Let nothing new be sent by a template, and return how many versions that ended.

        Raises:
            RequestRefused: 404, there is no such template; one archived before counts as one.
        """
        archived = self.templates.archive(name, self.clock())
        if not archived:
            self.version(name)
        return archived
