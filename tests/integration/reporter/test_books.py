"""Every message stands in one place, and one that does not is named."""

from uuid import UUID

import pytest

from message_tracker.core.domain.books import Balance, Books, GapKind
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import WAITING, MessageStatus
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.database import Database
from tests.failed_messages import IN_PERIOD, Ledger


@pytest.fixture
def books(database: Database) -> BooksStore:
    return BooksStore(database)


def gaps(books: Books) -> list[tuple[GapKind, Channel, tuple[UUID, ...]]]:
    return [(gap.kind, gap.channel, gap.message_ids) for gap in books.gaps]


def test_books_without_messages_balance(books: BooksStore) -> None:
    assert Books(Balance(), Balance()) == books.read()


def test_every_status_stands_in_one_place(books: BooksStore, ledger: Ledger) -> None:
    for status in MessageStatus:
        message_id = ledger.message(status)
        if status in WAITING:
            ledger.dispatch(message_id)

    found = books.read()

    expected = Balance(accepted=15, waiting=3, sent=7, failed=3, stopped=1, unconfirmed=1)
    assert Books(expected, Balance()) == found
    assert found.balanced


def test_channels_have_books_of_their_own(books: BooksStore, ledger: Ledger) -> None:
    ledger.message()
    ledger.message(channel=Channel.TEXT)
    ledger.message(channel=Channel.TEXT)

    found = books.read()

    assert (1, 2, 3) == (found.email.sent, found.text.sent, found.total.sent)


def test_an_accepted_message_without_a_status_is_lost(books: BooksStore, ledger: Ledger) -> None:
    message_id = ledger.message(None, channel=Channel.TEXT)

    found = books.read()

    assert [(GapKind.LOST, Channel.TEXT, (message_id,))] == gaps(found)
    assert (False, 1) == (found.balanced, found.text.difference)


@pytest.mark.parametrize("status", sorted(WAITING))
def test_a_waiting_message_nobody_will_send_is_forgotten(
    books: BooksStore, ledger: Ledger, status: MessageStatus
) -> None:
    message_id = ledger.message(status)

    found = books.read()

    assert [(GapKind.FORGOTTEN, Channel.EMAIL, (message_id,))] == gaps(found)
    assert (False, 0) == (found.balanced, found.total.difference)


@pytest.mark.parametrize("status", ["stopped", "expired", "suppressed", "failed", "unconfirmed"])
def test_a_message_given_up_that_might_still_be_sent_is_left_over(
    books: BooksStore, ledger: Ledger, status: str
) -> None:
    message_id = ledger.message(MessageStatus(status))
    ledger.dispatch(message_id)

    assert [(GapKind.LEFT_OVER, Channel.EMAIL, (message_id,))] == gaps(books.read())


def test_a_message_that_an_event_proved_sent_may_await_the_sweeper(
    books: BooksStore, ledger: Ledger
) -> None:
    ledger.waiting(MessageStatus.DELIVERED, begun_at=IN_PERIOD)

    assert books.read().balanced


def test_a_gap_names_its_group_and_its_first_messages(books: BooksStore, ledger: Ledger) -> None:
    first = sorted(ledger.message(None, group="one") for _ in range(22))[:20]
    ledger.message(None, group="two")

    found = books.read()

    assert [22, 1] == sorted([gap.count for gap in found.gaps], reverse=True)
    assert tuple(first) in [gap.message_ids for gap in found.gaps]
    assert 23 == found.contradictions
