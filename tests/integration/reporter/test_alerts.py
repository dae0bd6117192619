"""What is wrong is told at once, once, and again when it is over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.outcome import Refused
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.settings import AlertSettings
from message_tracker.core.store.alerts import AlertStore
from message_tracker.core.store.database import Database
from message_tracker.core.store.dead_letters import DeadLetter, DeadLetterStore
from message_tracker.failed_message_reporter.alerts.service import CLAIM, AlertService
from tests.failed_messages import NOW, Ledger
from tests.fakes import FakeEmailProvider

REFUSED = Refused("ses/SendingPausedException", "paused", permanent=False)


@dataclass
class Watch:
    """The watch with its surroundings; `now` is moved by the test."""

    database: Database
    now: datetime = NOW
    email: FakeEmailProvider = field(default_factory=FakeEmailProvider)

    def run(self, settings: Mapping[str, object] | None = None) -> list[str]:
        chosen = {
            "stage": "test",
            "database_url": "x",
            "report_recipients": "ops@example.com",
            "report_from": "tracker@example.com",
            "report_configuration_set": "reports",
            "alert_least_sent": 1,
            **(settings or {}),
        }
        service = AlertService(
            AlertStore(self.database),
            self.email,
            AlertSettings.of(chosen),
            lambda: self.now,
        )
        return [alert.kind for alert in service.watch()]

    def subjects(self) -> list[str]:
        return [str(email.subject) for email in self.email.calls]


@pytest.fixture
def watch(database: Database) -> Watch:
    return Watch(database)


def just_now() -> datetime:
    return NOW - timedelta(minutes=5)


def keep_letter(database: Database) -> None:
    letter = DeadLetter("queue", "1", "body", "reason")
    DeadLetterStore(database).keep(letter, [], now=just_now())


def fail(ledger: Ledger) -> None:
    ledger.message(MessageStatus.FAILED, failed_at=just_now(), accepted_at=just_now())


def complain(ledger: Ledger) -> None:
    ledger.bounced(MessageStatus.COMPLAINED, "Complaint/abuse", received_at=just_now())


def lose(ledger: Ledger) -> None:
    ledger.message(None, accepted_at=just_now())


def test_while_all_is_well_nobody_is_told(watch: Watch) -> None:
    assert ([], []) == (watch.run(), watch.subjects())


def test_too_many_failures_are_told(watch: Watch, ledger: Ledger) -> None:
    fail(ledger)

    assert ["failure_share"] == watch.run()
    assert ["Message Tracker test: alert: too many messages fail"] == watch.subjects()
    assert "100% as many messages failed as were sent" in str(watch.email.calls[0].text)


def test_a_few_messages_say_nothing(watch: Watch, ledger: Ledger) -> None:
    fail(ledger)

    assert [] == watch.run({"alert_least_sent": 2})


def test_complaints_are_told(watch: Watch, ledger: Ledger) -> None:
    complain(ledger)

    assert ["complaint_share", "failure_share"] == sorted(watch.run())


def test_dead_letters_are_told(watch: Watch) -> None:
    keep_letter(watch.database)

    assert ["letters"] == watch.run()


def test_a_message_that_stands_nowhere_is_told(watch: Watch, ledger: Ledger) -> None:
    lose(ledger)

    assert ["imbalance"] == watch.run()


def test_it_is_told_once_however_long_it_lasts(watch: Watch) -> None:
    keep_letter(watch.database)
    watch.run()
    watch.now += timedelta(minutes=5)

    assert [] == watch.run()
    assert 1 == len(watch.subjects())


def test_when_it_is_over_that_is_told_too(watch: Watch) -> None:
    keep_letter(watch.database)
    watch.run()
    watch.now += timedelta(hours=2)

    assert (["letters"], []) == (watch.run(), watch.run())
    assert "Message Tracker test: over: dead letters" == watch.subjects()[-1]
    assert "It lasted from Sep 1, 2026, 07:00 to Sep 1, 2026, 09:00." in str(
        watch.email.calls[-1].text
    )


def test_what_comes_again_is_told_again(watch: Watch, ledger: Ledger) -> None:
    fail(ledger)
    watch.run()
    watch.now += timedelta(hours=2)
    watch.run()
    ledger.message(MessageStatus.FAILED, failed_at=watch.now - timedelta(minutes=1))

    assert ["failure_share"] == watch.run()
    assert 3 == len(watch.subjects())


def test_what_nobody_got_is_told_again_later(watch: Watch) -> None:
    keep_letter(watch.database)
    watch.email = FakeEmailProvider([REFUSED])
    with pytest.raises(Unavailable, match="letters"):
        watch.run()
    watch.now += CLAIM + timedelta(seconds=1)

    assert ["letters"] == watch.run()


def test_of_two_runs_at_once_one_tells(watch: Watch) -> None:
    keep_letter(watch.database)
    store = AlertStore(watch.database)
    watch.email = FakeEmailProvider([REFUSED])
    with pytest.raises(Unavailable):
        watch.run()

    assert [] == store.claim_untold(watch.now, claimed_until=watch.now)


def test_an_alert_speaks_its_readers_language(watch: Watch) -> None:
    keep_letter(watch.database)

    watch.run({"report_language": "de"})

    assert ["Message Tracker test: Warnung: unzustellbare Aufträge"] == watch.subjects()
