"""What an audit makes of what it read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.audit import (
    MEANINGS,
    Audit,
    Compared,
    Finding,
    FindingKind,
    Miscount,
    of_counts,
    of_provider,
)
from message_tracker.core.domain.books import Balance, Books, GapKind
from message_tracker.core.domain.message import Channel

UNTIL = datetime(2026, 9, 1, 7, tzinfo=UTC)


def compared(ours: int, theirs: int | None) -> Compared:
    return Compared(Channel.EMAIL, UNTIL - timedelta(days=1), UNTIL, ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs", "missing"),
    [
        pytest.param(10_000, None, [], id="not reachable"),
        pytest.param(10_000, 50_000, [], id="another application sends too"),
        pytest.param(10_000, 9_891, [], id="within what clocks explain"),
        pytest.param(10_000, 9_000, [1_000], id="fewer"),
        pytest.param(10, 0, [], id="too few to tell"),
    ],
)
def test_a_provider_that_counted_fewer_sends_is_a_finding(
    ours: int, theirs: int | None, missing: list[int]
) -> None:
    assert missing == [finding.count for finding in of_provider([compared(ours, theirs)])]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_who_counted_as_much_as_we_did_is_never_a_finding(ours: int, more: int) -> None:
    assert [] == of_provider([compared(ours, ours + more)])


def test_a_wrong_count_says_both_numbers() -> None:
    [finding] = of_counts([Miscount(Channel.TEXT, "day 2026-09-01, sent", 12, 10)])

    assert ("day 2026-09-01, sent: kept 12, counted 10", 2) == (finding.where, finding.count)


def test_an_audit_is_clean_if_nothing_disagrees() -> None:
    off = of_counts([Miscount(Channel.TEXT, "day", 2, 1)])

    assert Audit(None, (), ()).is_clean
    assert Audit(Books(Balance(1, 1), Balance()), (), ()).is_clean
    assert not Audit(Books(Balance(1, 0), Balance()), (), ()).is_clean
    assert not Audit(None, tuple(off), ()).is_clean


def test_every_finding_has_its_meaning_and_every_gap_is_one() -> None:
    assert set(FindingKind) == set(MEANINGS)
    assert {str(kind) for kind in GapKind} <= {str(kind) for kind in FindingKind}


def test_silence_is_counted_apart_from_other_findings() -> None:
    findings = tuple(
        Finding(kind, Channel.EMAIL, "group 1", count)
        for kind, count in (
            (FindingKind.SILENT, 3),
            (FindingKind.OVERDUE, 5),
            (FindingKind.SILENT, 4),
        )
    )

    audit = Audit(None, findings, ())

    assert (7, 12) == (audit.silent, audit.messages)
