"""A group whose e-mails bounce or annoy too often is paused, until a person lets it go on."""

import logging
from uuid import UUID

import pytest

from message_tracker.core.domain.chunk import parse_chunk
from message_tracker.core.domain.message import Channel, GroupState
from message_tracker.core.store.groups import Group, Groups
from tests.outbox import Outbox

ACTIVE, PAUSED = GroupState.ACTIVE, GroupState.PAUSED


@pytest.fixture
def group_id(outbox: Outbox) -> UUID:
    return outbox.group()


def sent(outbox: Outbox, group_id: UUID, number: int, **outcomes: int) -> None:
    """Send so many e-mails of the group, of which some come to something."""
    message_ids = outbox.accept(number, group_id=group_id)
    outbox.send(message_ids)
    for status, count in outcomes.items():
        for message_id in message_ids[:count]:
            outbox.event(message_id, status)
        del message_ids[:count]


def group(outbox: Outbox, group_id: UUID) -> Group:
    found = Groups(outbox.database).find(group_id)
    assert found is not None
    return found


def limit(outbox: Outbox, group_id: UUID, **shares: float) -> None:
    for column, share in shares.items():
        outbox.database.fetch(
            f"UPDATE message_group SET {column} = %(share)s WHERE group_id = %(group_id)s",
            {"share": share, "group_id": group_id},
        )


@pytest.mark.parametrize(
    ("number", "outcomes", "becomes"),
    [
        pytest.param(200, {"bounced": 7}, PAUSED, id="more-than-three-in-a-hundred-bounced"),
        pytest.param(200, {"bounced": 6}, ACTIVE, id="three-in-a-hundred-may"),
        pytest.param(199, {"bounced": 100}, ACTIVE, id="too-few-to-judge"),
        pytest.param(2, {"bounced": 1}, ACTIVE, id="one-of-two"),
        pytest.param(250, {"complained": 3}, PAUSED, id="three-complaints"),
        pytest.param(250, {"complained": 2}, ACTIVE, id="two-complaints-may-be-chance"),
        pytest.param(200, {"undelivered": 50}, ACTIVE, id="soft-bounces-do-not-count"),
    ],
)
def test_a_group_is_judged_by_its_shares_once_they_mean_something(
    outbox: Outbox, group_id: UUID, number: int, outcomes: dict[str, int], becomes: GroupState
) -> None:
    sent(outbox, group_id, number, **outcomes)
    waiting = outbox.accept(3, group_id=group_id, is_enqueued=False)

    done = outbox.sweep()
    outbox.deliver()

    assert becomes is group(outbox, group_id).state
    assert (becomes is PAUSED) == done["GroupsHalted"]
    expected = "queued" if becomes is PAUSED else "sent"
    assert {expected} == {outbox.status(message_id) for message_id in waiting}


def test_a_halt_says_why_in_the_group_and_in_the_log(
    outbox: Outbox, group_id: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    sent(outbox, group_id, 250, bounced=8, complained=3)

    with caplog.at_level(logging.WARNING):
        outbox.sweep()

    reason = (
        "8 of 250 e-mails bounced: more than 30 in 1,000;"
        " 3 of 250 e-mails were complained of: more than 0.8 in 1,000"
    )
    halted = group(outbox, group_id)
    assert (reason, outbox.clock.now()) == (halted.halt_reason, halted.halted_at)
    assert ["group halted"] == [record.message for record in caplog.records]


def test_a_group_has_shares_of_its_own_and_one_never_halts(outbox: Outbox) -> None:
    strict, never = outbox.group(), outbox.group()
    limit(outbox, strict, halt_bounce_share=0.01)
    limit(outbox, never, halt_bounce_share=1.0)
    sent(outbox, strict, 200, bounced=3)
    sent(outbox, never, 200, bounced=200)

    outbox.sweep()

    assert (PAUSED, ACTIVE) == (group(outbox, strict).state, group(outbox, never).state)


def test_who_lets_a_halted_group_go_on_sets_aside_what_was_counted(
    outbox: Outbox, group_id: UUID
) -> None:
    sent(outbox, group_id, 200, bounced=20)
    outbox.sweep()

    outbox.order(group_id, ACTIVE)
    sent(outbox, group_id, 200, bounced=6)
    outbox.sweep()
    resumed = group(outbox, group_id)
    sent(outbox, group_id, 10, bounced=2)
    outbox.sweep()

    assert (ACTIVE, None, None) == (resumed.state, resumed.halted_at, resumed.halt_reason)
    again = group(outbox, group_id)
    assert (PAUSED, "8 of 210 e-mails bounced: more than 30 in 1,000") == (
        again.state, again.halt_reason,
    )  # fmt: skip


def test_a_person_s_own_pause_sets_nothing_aside(outbox: Outbox, group_id: UUID) -> None:
    sent(outbox, group_id, 190, bounced=10)
    outbox.order(group_id, PAUSED)
    outbox.order(group_id, ACTIVE)
    sent(outbox, group_id, 20)

    outbox.sweep()

    assert PAUSED is group(outbox, group_id).state


def test_texts_are_not_judged(outbox: Outbox, group_id: UUID) -> None:
    message_ids = outbox.accept(300, group_id=group_id, channel=Channel.TEXT)
    outbox.send(message_ids, Channel.TEXT)
    for message_id in message_ids[:100]:
        outbox.event(message_id, "bounced", Channel.TEXT)

    outbox.sweep()

    assert ACTIVE is group(outbox, group_id).state


def test_five_thousand_stopped_in_the_middle_send_no_more_and_resumed_exactly_the_rest(
    outbox: Outbox, group_id: UUID
) -> None:
    outbox.accept(5_000, group_id=group_id, is_enqueued=False)
    outbox.sweep()
    for queue in outbox.queues.values():
        in_flight, queue.bodies = queue.bodies[:180], queue.bodies[180:]
        for body in in_flight:
            outbox.sender().send(parse_chunk(body), outbox.deadline())
    before = len(outbox.calls())

    outbox.order(group_id, GroupState.STOPPED)
    outbox.deliver()

    counts = {count.status: count.messages for count in group(outbox, group_id).counts}
    assert {"sent": before, "stopped": 5_000 - before} == {k: v for k, v in counts.items() if v}
    assert before == len(outbox.calls()) == 180 * 14
    outbox.order(group_id, ACTIVE)
    outbox.sweep()
    outbox.deliver()
    assert 5_000 == len(outbox.calls()) == len(set(outbox.calls()))
    assert {"sent": 5_000} == outbox.statuses()


def test_a_group_tells_how_fast_it_goes(outbox: Outbox, group_id: UUID) -> None:
    outbox.send(outbox.accept(30, group_id=group_id, channel=Channel.TEXT, units=2), Channel.TEXT)
    outbox.accept(5, group_id=group_id)

    counts = group(outbox, group_id).counts

    assert (30, 60) == (
        sum(count.sent_lately for count in counts),
        sum(count.segments_lately for count in counts),
    )
