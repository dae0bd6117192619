"""What the providers' own lists have, taken over into ours."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.suppression import SuppressionReason
from message_tracker.core.store.database import Database
from message_tracker.core.store.suppressions import Suppressions
from message_tracker.event_processor.inventory.provider_lists import ProviderLists, TakenOver
from tests.fakes import FakeSuppressionList

NOW = datetime.now(UTC)
NUMBER = "+12065550142"


class Lists:
    """Both lists and the use case on them."""

    def __init__(self, database: Database) -> None:
        self.email = FakeSuppressionList(SuppressionReason.COMPLAINT)
        self.text = FakeSuppressionList(SuppressionReason.OPT_OUT)
        self.suppressions = Suppressions(database)
        self.database = database
        lists = {Channel.EMAIL: self.email, Channel.TEXT: self.text}
        self._use_case = ProviderLists(self.suppressions, lists, lambda: NOW)

    def take_over(self, until: datetime = NOW + timedelta(minutes=1)) -> TakenOver:
        return self._use_case.take_over(until)

    def entries(self) -> Sequence[tuple[str, str]]:
        rows = self.database.fetch("SELECT address, reason FROM suppression ORDER BY 1, 2")
        return [(row["address"], row["reason"]) for row in rows]


@pytest.fixture
def lists(database: Database) -> Lists:
    return Lists(database)


def test_what_only_the_providers_know_is_on_ours_too(lists: Lists) -> None:
    lists.email.add("Ann@Example.com")
    lists.text.add(NUMBER)

    first, again = lists.take_over(), lists.take_over()

    assert [(NUMBER, "OPT_OUT"), ("ann@example.com", "COMPLAINT")] == lists.entries()
    assert ((2, 2), (2, 0)) == ((first.listed, first.new), (again.listed, again.new))


def test_what_we_put_there_ourselves_gets_no_second_reason(lists: Lists) -> None:
    lists.suppressions.add(Channel.EMAIL, "ann@example.com", note=None, changed_by="a test")
    lists.email.add("ann@example.com")

    lists.take_over()

    assert [("ann@example.com", "MANUAL")] == lists.entries()


def test_who_only_unsubscribed_is_taken_over_all_the_same(lists: Lists) -> None:
    lists.database.fetch(
        "INSERT INTO suppression (channel, address, reason)"
        " VALUES ('email', 'ann@example.com', 'UNSUBSCRIBE')"
    )
    lists.email.add("ann@example.com")

    lists.take_over()

    assert [("ann@example.com", "COMPLAINT"), ("ann@example.com", "UNSUBSCRIBE")] == sorted(
        lists.entries()
    )


def test_what_a_person_took_off_ours_since_stays_off(lists: Lists) -> None:
    lists.email.now = NOW - timedelta(days=1)
    lists.email.add("ann@example.com")
    lists.take_over()
    reasons = [SuppressionReason.COMPLAINT]
    lists.suppressions.remove(Channel.EMAIL, "ann@example.com", reasons, changed_by="a test")

    lists.take_over()

    assert [] == lists.entries()


def test_a_provider_that_does_not_answer_costs_the_other_nothing(lists: Lists) -> None:
    lists.email.error = Unavailable("gone")
    lists.text.add(NUMBER)

    taken = lists.take_over()

    assert ([Channel.EMAIL], 1) == (list(taken.failures), taken.new)


def test_no_page_is_begun_when_the_time_is_over(lists: Lists) -> None:
    for number in range(3):
        lists.email.add(f"a{number}@example.com")

    assert 1 == lists.take_over(until=NOW).listed
