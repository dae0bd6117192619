"""Joining is a semilattice: the order and the number of events do not matter."""

from functools import reduce
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.status import FAILURES, REVIVABLE, WAITING, MessageStatus, join

statuses = st.sampled_from(MessageStatus)


@given(statuses, statuses)
def test_joining_is_commutative(one: MessageStatus, other: MessageStatus) -> None:
    assert join(one, other) is join(other, one)


@given(statuses, statuses, statuses)
def test_joining_is_associative(
    one: MessageStatus, other: MessageStatus, third: MessageStatus
) -> None:
    assert join(join(one, other), third) is join(one, join(other, third))


@given(statuses)
def test_joining_is_idempotent(status: MessageStatus) -> None:
    assert join(status, status) is status


@given(statuses, statuses)
def test_a_join_is_the_later_of_the_two_in_the_order_of_the_enum(
    one: MessageStatus, other: MessageStatus
) -> None:
    chain = list(MessageStatus)

    assert chain.index(join(one, other)) == max(chain.index(one), chain.index(other))


@given(st.lists(statuses, min_size=1, max_size=5))
def test_every_order_of_the_same_statuses_folds_to_one(events: list[MessageStatus]) -> None:
    assert len({reduce(join, order) for order in permutations(events)}) == 1


def test_the_chain_is_the_one_the_design_names() -> None:
    assert " ".join(MessageStatus) == (
        "scheduled queued sending stopped expired suppressed failed unconfirmed sent delayed "
        "rejected undelivered delivered bounced complained"
    )


def test_no_provider_holds_what_may_be_revived() -> None:
    assert all(join(status, MessageStatus.SENT) is MessageStatus.SENT for status in REVIVABLE)


def test_what_waits_has_neither_failed_nor_is_to_be_revived() -> None:
    assert not WAITING & (FAILURES | REVIVABLE)
