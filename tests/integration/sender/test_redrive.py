"""What was given up is sent again: exactly what was planned, and once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import LiteralString
from uuid import UUID

import pytest
from psycopg.rows import DictRow

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, GroupState, OnUnconfirmed, OutboundEmail
from message_tracker.core.domain.outcome import Accepted, Outcome, Refused, Unknown
from message_tracker.core.domain.redrive import Consent, Selection, Verdict
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.database import Database, Parameters
from message_tracker.core.store.redrives import Redrives
from tests import tallies
from tests.fakes import FakeEmailProvider
from tests.outbox import EMAIL_DEADLINE, Outbox

ASKED = Consent()
TWICE = Consent(even_if_sent_twice=True)
STALE = Consent(even_if_stale=True)
OUTAGE = "ses/Outage"


@pytest.fixture
def redrives(database: Database) -> Redrives:
    return Redrives(database, most=7)


def run(outbox: Outbox) -> None:
    """Sweep and let the senders work until there is nothing left to do now."""
    for _ in range(4):
        outbox.sweep()
        outbox.deliver()


def refuse_every_third(outbox: Outbox, message_ids: list[UUID]) -> list[UUID]:
    """Let an outage refuse every third message for good, and send the rest."""
    refused = message_ids[::3]

    def answer(email: OutboundEmail) -> Outcome:
        if email.message_id in refused:
            return Refused(OUTAGE, "gone [for] good", permanent=True)
        return Accepted(f"ses-{email.message_id}")

    outbox.email = FakeEmailProvider(answer=answer)
    outbox.send(message_ids)
    outbox.email = FakeEmailProvider()
    return refused


def redrive(
    outbox: Outbox, redrives: Redrives, message_ids: list[UUID], consent: Consent = ASKED
) -> Counter[Verdict]:
    batches = redrives.carry_out(message_ids, consent, now=outbox.clock.now())
    return sum(batches, Counter())


def test_after_an_outage_exactly_what_failed_is_sent_again_and_comes_once(
    outbox: Outbox, redrives: Redrives, database: Database
) -> None:
    accepted = outbox.accept(60)
    failed = refuse_every_third(outbox, accepted)
    selected = redrives.select(Selection(cause=OUTAGE))

    planned = sum(redrives.count(selected, ASKED, now=outbox.clock.now()), Counter())
    first = redrive(outbox, redrives, selected)
    second = redrive(outbox, redrives, selected)
    run(outbox)

    assert sorted(failed) == sorted(selected)
    assert Counter(redriven=20) == planned == first
    assert Counter(waiting=20) == second
    assert sorted(failed) == sorted(outbox.calls())
    assert {"sent": 60} == outbox.statuses()
    assert [] == redrives.select(Selection(cause=OUTAGE))
    assert BooksStore(database).read().balanced
    assert tallies.counted(database) == tallies.kept(database)


def test_runs_at_once_share_the_messages_and_double_none(
    outbox: Outbox, redrives: Redrives, database_url: str
) -> None:
    failed = refuse_every_third(outbox, outbox.accept(60))
    selected = redrives.select(Selection(cause=OUTAGE))

    def one_run(_: int) -> Counter[Verdict]:
        own = Database(lambda: database_url)
        done = redrive(outbox, Redrives(own, most=7), selected)
        own.close()
        return done

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(one_run, range(4)), Counter())
    run(outbox)

    assert 20 == done[Verdict.REDRIVEN]
    assert set(done) <= {Verdict.REDRIVEN, Verdict.WAITING, Verdict.CHANGED}
    assert sorted(failed) == sorted(outbox.calls())


def test_a_revived_message_has_all_its_attempts_and_no_old_cause(
    outbox: Outbox, redrives: Redrives
) -> None:
    failed = refuse_every_third(outbox, outbox.accept(3))

    redrive(outbox, redrives, failed)

    state, dispatch = outbox.state(failed[0]), outbox.dispatch(failed[0])
    assert dispatch is not None
    assert ("queued", None, None, None) == (
        state["status"],
        state["cause"],
        state["cause_detail"],
        state["failed_at"],
    )
    assert (0, None, outbox.clock.now()) == (
        dispatch["attempts"],
        dispatch["enqueued_at"],
        dispatch["due_at"],
    )


def in_doubt(outbox: Outbox) -> UUID:
    """Accept a message whose call's answer is lost and that no event settles."""
    [message_id] = outbox.accept(on_unconfirmed=OnUnconfirmed.HOLD)
    outbox.email = FakeEmailProvider([Unknown("the answer was lost")])
    outbox.send([message_id])
    outbox.clock.advance(EMAIL_DEADLINE + timedelta(seconds=1))
    outbox.sweep()
    assert "unconfirmed" == outbox.status(message_id)
    outbox.email = FakeEmailProvider()
    return message_id


def test_what_may_come_twice_is_sent_again_by_consent_only(
    outbox: Outbox, redrives: Redrives
) -> None:
    message_id = in_doubt(outbox)

    asked = redrive(outbox, redrives, [message_id])
    insisted = redrive(outbox, redrives, [message_id], TWICE)
    run(outbox)

    assert (Counter(in_doubt=1), Counter(redriven=1)) == (asked, insisted)
    assert [message_id] == outbox.calls()


def test_a_late_event_of_the_first_call_keeps_the_second_from_being_made(
    outbox: Outbox, redrives: Redrives
) -> None:
    message_id = in_doubt(outbox)
    redrive(outbox, redrives, [message_id], TWICE)
    outbox.event(message_id, "delivered")

    run(outbox)

    assert ([], "delivered") == (outbox.calls(), outbox.status(message_id))
    assert outbox.dispatch(message_id) is None


def test_what_outlived_its_time_is_sent_by_consent_and_has_none_then(
    outbox: Outbox, redrives: Redrives
) -> None:
    [message_id] = outbox.accept(ttl=timedelta(minutes=1))
    outbox.clock.advance(timedelta(minutes=2))
    outbox.sweep()

    asked = redrive(outbox, redrives, [message_id])
    insisted = redrive(outbox, redrives, [message_id], STALE)
    run(outbox)

    assert (Counter(stale=1), Counter(redriven=1)) == (asked, insisted)
    assert ([message_id], "sent") == (outbox.calls(), outbox.status(message_id))


def test_whom_nothing_is_sent_to_any_more_is_skipped(
    outbox: Outbox, redrives: Redrives, database: Database
) -> None:
    failed = refuse_every_third(outbox, outbox.accept(6))
    database.fetch(
        "INSERT INTO suppression (channel, address, reason) VALUES"
        " ('email', 'person0@example.com', 'OPT_OUT'), ('email', 'person3@example.com', 'BOUNCE')"
    )

    assert Counter(opted_out=1, suppressed=1) == redrive(outbox, redrives, failed)


def test_a_stopped_group_is_resumed_and_not_redriven(outbox: Outbox, redrives: Redrives) -> None:
    group_id = outbox.group()
    outbox.accept(2, group_id=group_id)
    outbox.order(group_id, GroupState.STOPPED)

    done = redrive(outbox, redrives, redrives.select(Selection(group=str(group_id))))

    assert Counter(group_stopped=2) == done
    assert {"stopped": 2} == outbox.statuses()


def test_what_an_event_proves_sent_while_it_is_redriven_stays_so(
    outbox: Outbox, redrives: Redrives, database: Database
) -> None:
    failed = refuse_every_third(outbox, outbox.accept(3))
    batches = redrives.plan(failed, ASKED, now=outbox.clock.now())
    assert {Verdict.REDRIVEN: failed} == next(batches)
    outbox.event(failed[0], "bounced")

    assert Counter(sent=1) == redrive(outbox, redrives, failed)
    assert outbox.dispatch(failed[0]) is None


def test_an_unknown_id_is_told(outbox: Outbox, redrives: Redrives) -> None:
    assert Counter(unknown=1) == redrive(outbox, redrives, [new_id()])


def test_a_selection_narrows_by_everything_it_names(
    outbox: Outbox, redrives: Redrives, database: Database
) -> None:
    group_id = outbox.group()
    database.fetch("UPDATE message_group SET name = 'spring'")
    failed = refuse_every_third(outbox, outbox.accept(6, group_id=group_id))
    at = outbox.clock.now()
    later = at + timedelta(seconds=1)
    outbox.accept(2, channel=Channel.TEXT)

    def found(selection: Selection) -> list[UUID]:
        return sorted(redrives.select(selection))

    assert 6 == len(found(Selection(group="spring")))
    assert failed == redrives.select(Selection(group=str(group_id)))[:2]
    assert sorted(failed) == found(Selection(since=at - timedelta(hours=1), until=later))
    assert sorted(failed) == found(Selection(statuses=[MessageStatus.FAILED]))
    assert [] == found(Selection(since=later))
    assert [] == found(Selection(until=at - timedelta(hours=1)))
    assert [] == found(Selection(group="autumn"))
    assert [] == found(Selection(cause=OUTAGE, statuses=[MessageStatus.EXPIRED]))


class Explaining(Database):
    """Asks another database for the plans of its statements, and finds nothing."""

    def __init__(self, database: Database) -> None:
        super().__init__(lambda: "")
        self.plan = ""
        self._explained = database

    def fetch(self, query: LiteralString, parameters: Parameters | None = None) -> list[DictRow]:
        rows = self._explained.fetch("EXPLAIN " + query, parameters)
        self.plan += "\n".join(row["QUERY PLAN"] for row in rows)
        return [{"message_ids": []}]


@pytest.mark.parametrize(
    ("selection", "index"),
    [
        (Selection(group=str(new_id())), "message_state_by_group"),
        (Selection(group="spring"), "message_state_by_group"),
        (Selection(cause=OUTAGE), "message_state_failed_by_us"),
    ],
    ids=["group", "name", "cause"],
)
def test_a_selection_is_found_by_an_index(
    outbox: Outbox, database: Database, selection: Selection, index: str
) -> None:
    for _ in range(40):
        outbox.accept(10)
    refuse_every_third(outbox, outbox.accept(3))
    database.fetch("ANALYZE message_state")

    explaining = Explaining(database)
    Redrives(explaining).select(selection)

    assert index in explaining.plan
