"""Finds the recipients that a request only names: an audience's, or those an object lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from message_tracker.api.list_file import format_of
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.list_source import (
    AudienceSource,
    ListSource,
    ObjectSource,
    parse_object_url,
)
from message_tracker.core.domain.listed import Listed, given_fields
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.problem import Fault
from message_tracker.core.domain.recipient_import import NewImport
from message_tracker.core.domain.send_request import MAX_RECIPIENTS
from message_tracker.core.domain.submission import Submission
from message_tracker.core.ports import ObjectStore, Queue
from message_tracker.core.store.audiences import Audiences

WAKE_UP: Final = "{}"
"""The body of a message to importers: it says nothing, as they look for work themselves."""


@dataclass(frozen=True, slots=True)
class FoundList:
    """The recipients, or, if they are to be read later, where they are."""

    listed: Listed
    source: ListSource | None = None


def new_import(found: FoundList | None, body: object, submission: Submission) -> NewImport | None:
    """Return the import that a request asks for, if its recipients are to be read later.

    Args:
        found: what the request named.
        body: the request, which is valid.
        submission: what it asks for; its template's version is kept, whatever comes later.
    """
    if found is None or found.source is None or not isinstance(body, Mapping):
        return None
    pinned = {}
    if (template := submission.template) is not None:
        pinned["template"] = {"name": template.name, "version": template.version}
    is_partial = bool(body.get("partial"))
    return NewImport(new_id(), found.source, {**body, **pinned}, is_partial=is_partial)


@dataclass(frozen=True, slots=True)
class RecipientLists:
    """Lists that requests may name.

    Args:
        audiences: lists in the database.
        objects: lists in buckets.
        importers: wakes those who read lists later.
        sources: beginnings of the URLs that may be read, as ``s3://bucket/imports/``.
        default_audience: of requests that say nothing of recipients; "" for none.
    """

    audiences: Audiences
    objects: ObjectStore
    importers: Queue
    sources: Sequence[str] = ()
    default_audience: str = ""

    def find(self, body: object) -> FoundList | None:
        """Return the list that a request names; None: it names its recipients one by one.

        Args:
            body: the JSON value of the request.
        """
        if not isinstance(body, Mapping):
            return None
        given = given_fields(body)
        if not given and self.default_audience:
            return self._audience(self.default_audience)
        if given in ([], ["to"]):
            return None
        if len(given) > 1:
            names = " and ".join(f"`{name}`" for name in given)
            return _fault(given[-1], f"{names} are given: keep one of them")
        return self._named(given[0], body[given[0]])

    def wake_importers(self) -> None:
        """Tell importers that there is work; lost, one finds it within a minute."""
        self.importers.send([WAKE_UP])

    def _named(self, field: str, value: Any) -> FoundList:  # noqa: ANN401 - JSON of a caller
        if not isinstance(value, str) or not value:
            return FoundList(Listed())  # what is wrong with it, the request's own check says
        return self._audience(value) if field == "audience" else self._object(value)

    def _audience(self, name: str) -> FoundList:
        audience_id = self.audiences.find_id(name)
        if audience_id is None:
            detail = "`audience` names none there is: PUT /audiences/{name} makes one"
            return _fault("audience", detail)
        members = self.audiences.members(audience_id, Channel, most=MAX_RECIPIENTS + 1)
        if not members:
            return _fault("audience", "`audience` has no members: add some, or name another")
        if len(members) > MAX_RECIPIENTS:
            return FoundList(Listed(is_excerpt=True), AudienceSource(audience_id))
        return FoundList(Listed(members))

    def _object(self, url: str) -> FoundList:
        try:
            bucket, key = parse_object_url(url, self.sources)
        except ValueError as error:
            return _fault("recipients_url", f"`recipients_url` {error}")
        if format_of(key) is None:
            detail = "`recipients_url` must end in .csv or .ndjson, or one of these and .gz"
            return _fault("recipients_url", detail)
        stored = next(iter(self.objects.list(bucket, key)), None)
        if stored is None or stored.key != key:
            detail = "`recipients_url` names no object there is: upload it first"
            return _fault("recipients_url", detail)
        source = ObjectSource(bucket, key, stored.etag)
        return FoundList(Listed(is_excerpt=True), source)


def _fault(field: str, detail: str) -> FoundList:
    return FoundList(Listed(faults=[Fault(f"#/{field}", field, detail)]))
