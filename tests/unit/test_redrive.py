"""What a redrive does with a message."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import GroupState, Kind
from message_tracker.core.domain.redrive import WORDS, Candidate, Consent, Verdict, verdict
from message_tracker.core.domain.status import REVIVABLE, WAITING, MessageStatus
from message_tracker.core.domain.suppression import SuppressionReason, blocking

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FAILED = Candidate(
    message_id=new_id(),
    status=MessageStatus.FAILED,
    kind=Kind.MARKETING,
    group_state=GroupState.ACTIVE,
    expires_at=None,
    suppression_reasons=(),
    has_recipient=True,
)
ALL = Consent(even_if_sent_twice=True, even_if_stale=True)

candidates = st.builds(
    Candidate,
    message_id=st.just(FAILED.message_id),
    status=st.sampled_from(MessageStatus),
    kind=st.sampled_from(Kind),
    group_state=st.sampled_from(GroupState),
    expires_at=st.sampled_from([None, NOW, NOW + timedelta(seconds=1)]),
    suppression_reasons=st.sets(st.sampled_from(SuppressionReason)),
    has_recipient=st.booleans(),
)
consents = st.builds(Consent, even_if_sent_twice=st.booleans(), even_if_stale=st.booleans())


@given(candidates, consents)
def test_only_what_no_provider_has_and_what_would_leave_is_redriven(
    candidate: Candidate, consent: Consent
) -> None:
    if verdict(candidate, consent, NOW) is Verdict.REDRIVEN:
        assert candidate.status in REVIVABLE
        assert blocking(candidate.suppression_reasons, candidate.kind) is None
        assert candidate.group_state is not GroupState.STOPPED
        assert candidate.has_recipient


@given(candidates, consents)
def test_a_consent_only_ever_adds_messages(candidate: Candidate, consent: Consent) -> None:
    if verdict(candidate, consent, NOW) is Verdict.REDRIVEN:
        assert Verdict.REDRIVEN is verdict(candidate, ALL, NOW)


@pytest.mark.parametrize("status", MessageStatus)
def test_a_status_is_revived_or_says_why_not(status: MessageStatus) -> None:
    found = verdict(replace(FAILED, status=status), ALL, NOW)

    if status in REVIVABLE:
        assert Verdict.REDRIVEN is found
    else:
        assert (Verdict.WAITING if status in WAITING else Verdict.SENT) is found


def test_what_may_come_twice_wants_a_consent() -> None:
    doubtful = replace(FAILED, status=MessageStatus.UNCONFIRMED)

    assert Verdict.IN_DOUBT is verdict(doubtful, Consent(even_if_stale=True), NOW)
    assert Verdict.REDRIVEN is verdict(doubtful, Consent(even_if_sent_twice=True), NOW)


def test_what_outlived_its_time_wants_a_consent() -> None:
    stale = replace(FAILED, status=MessageStatus.EXPIRED, expires_at=NOW)

    assert Verdict.STALE is verdict(stale, Consent(even_if_sent_twice=True), NOW)
    assert Verdict.REDRIVEN is verdict(stale, Consent(even_if_stale=True), NOW)


@pytest.mark.parametrize(
    ("reasons", "kind", "expected"),
    [
        ({"UNSUBSCRIBE"}, Kind.MARKETING, Verdict.OPTED_OUT),
        ({"UNSUBSCRIBE"}, Kind.TRANSACTIONAL, Verdict.REDRIVEN),
        ({"OPT_OUT"}, Kind.TRANSACTIONAL, Verdict.OPTED_OUT),
        ({"OPT_OUT", "BOUNCE"}, Kind.MARKETING, Verdict.SUPPRESSED),
        ({"MANUAL"}, Kind.TRANSACTIONAL, Verdict.SUPPRESSED),
    ],
)
def test_whom_nothing_is_sent_to_is_skipped(
    reasons: set[str], kind: Kind, expected: Verdict
) -> None:
    candidate = replace(FAILED, suppression_reasons=reasons, kind=kind)

    assert expected is verdict(candidate, ALL, NOW)


def test_a_stopped_group_and_a_deleted_recipient_are_no_consent_s_matter() -> None:
    stopped = replace(FAILED, group_state=GroupState.STOPPED)
    forgotten = replace(FAILED, has_recipient=False)

    assert Verdict.GROUP_STOPPED is verdict(stopped, ALL, NOW)
    assert Verdict.FORGOTTEN is verdict(forgotten, ALL, NOW)


def test_every_verdict_has_its_words() -> None:
    assert set(Verdict) == set(WORDS)
