"""Named templates: a new text is a new version, and no version ever changes."""

from datetime import datetime
from typing import Final

from psycopg.rows import DictRow

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import TemplateId
from message_tracker.core.domain.named_template import TemplateTexts, TemplateVersion
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("templates")

MAX_VERSIONS_SHOWN: Final = 100


class Templates:
    """The templates of one deployment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, name: str, texts: TemplateTexts, now: datetime) -> TemplateVersion:
        """Return the version that says this: a new one, or the latest if it says just that.

        Args:
            name: of the template, new or not.
            texts: complete and checked.
            now: when.
        """
        parameters = {
            "template_id": new_id(),
            "name": name,
            "subject": texts.subject,
            "html": texts.html,
            "body": texts.text,
            "message": texts.message,
            "now": now,
        }
        with self._database.transaction() as cursor:
            cursor.execute(_QUERIES["lock_template"], {"name": name})
            [row] = cursor.execute(_QUERIES["put_template"], parameters).fetchall()
        return _version(row)

    def find(self, name: str, version: int | None = None) -> TemplateVersion | None:
        """Return a version, archived or not; the latest if no number is given."""
        rows = self._database.fetch(_QUERIES["find_template"], {"name": name, "version": version})
        return _version(rows[0]) if rows else None

    def versions(self, name: str) -> list[TemplateVersion]:
        """Return a template's latest versions, the newest first; empty if there is none."""
        parameters = {"name": name, "most": MAX_VERSIONS_SHOWN}
        return [
            _version(row) for row in self._database.fetch(_QUERIES["template_versions"], parameters)
        ]

    def page(self, after: str, most: int) -> list[TemplateVersion]:
        """Return the latest version of each template not archived, by name.

        Args:
            after: the name before the page's first; "" for the first page.
            most: templates of a page.
        """
        rows = self._database.fetch(_QUERIES["list_templates"], {"after": after, "most": most})
        return [_version(row) for row in rows]

    def archive(self, name: str, now: datetime) -> int:
        """Let nothing new be sent by a template, and return how many versions that ended."""
        return len(self._database.fetch(_QUERIES["archive_template"], {"name": name, "now": now}))


def _version(row: DictRow) -> TemplateVersion:
    return TemplateVersion(
        template_id=TemplateId(row["template_id"]),
        name=row["name"],
        version=row["version"],
        texts=TemplateTexts(
            subject=row["subject"], html=row["html"], text=row["body"], message=row["message"]
        ),
        created_at=row["created_at"],
        archived_at=row["archived_at"],
    )
