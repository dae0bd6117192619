"""A reporter with its surroundings, whose time a test moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from message_tracker.core.domain.outcome import Outcome
from message_tracker.core.settings import ReporterSettings
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.database import Database
from message_tracker.core.store.reports import ReportStore
from message_tracker.failed_message_reporter.service import ReportService
from tests.failed_messages import NOW
from tests.fakes import FakeEmailProvider, FakeKeyRing, FakeObjectStore


@dataclass
class Desk:
    """A reporter with its surroundings; `now` is moved by the test."""

    database: Database
    now: datetime = NOW
    email: FakeEmailProvider = field(default_factory=FakeEmailProvider)
    objects: FakeObjectStore = field(default_factory=FakeObjectStore)

    key_ring: FakeKeyRing = field(default_factory=FakeKeyRing)

    def service(
        self, settings: Mapping[str, str] | None = None, *, database: Database | None = None
    ) -> ReportService:
        chosen = {
            "stage": "test",
            "database_url": "x",
            "report_recipients": "ops@example.com",
            "report_from": "tracker@example.com",
            "report_configuration_set": "reports",
            "report_bucket": "archive",
            "report_period": "daily",
            "report_time_zone": "Europe/Berlin",
            **(settings or {}),
        }
        return ReportService(
            ReportStore(database or self.database),
            BooksStore(database or self.database),
            self.email,
            self.objects,
            ReporterSettings.of(chosen),
            self.key_ring,
            lambda: self.now,
        )

    def provider_answers(self, *outcomes: Outcome) -> None:
        self.email = FakeEmailProvider(outcomes)

    def runs(self) -> list[tuple[datetime, bool]]:
        rows = self.database.fetch(
            "SELECT period_end, sent_at IS NOT NULL AS is_sent FROM report_run ORDER BY 1"
        )
        return [(row["period_end"], row["is_sent"]) for row in rows]
