"""From what on something is an alert."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.alert import AlertKind, Measures, Thresholds, judge
from tests.reports import ENGLISH

THRESHOLDS = Thresholds(failure_share=0.1, complaint_share=0.001, dead_letters=1, least_sent=100)


def exceeded(measures: Measures) -> set[AlertKind]:
    return {finding.kind for finding in judge(measures, THRESHOLDS) if finding.is_exceeded}


@pytest.mark.parametrize(
    ("measures", "kinds"),
    [
        (Measures(), set()),
        (Measures(failed_in_hour=9, sent_in_hour=100), set()),
        (Measures(failed_in_hour=10, sent_in_hour=100), {AlertKind.FAILURE_SHARE}),
        (Measures(failed_in_hour=99, sent_in_hour=99), set()),
        (Measures(failed_in_hour=100), {AlertKind.FAILURE_SHARE}),
        (Measures(complaints_in_day=1, emails_in_day=1_000), {AlertKind.COMPLAINT_SHARE}),
        (Measures(complaints_in_day=1, emails_in_day=1_001), set()),
        (Measures(dead_letters_in_hour=1), {AlertKind.DEAD_LETTERS}),
        (Measures(contradictions=1), {AlertKind.IMBALANCE}),
    ],
)
def test_an_alert_begins_at_its_threshold(measures: Measures, kinds: set[AlertKind]) -> None:
    assert kinds == exceeded(measures)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_failures_never_end_an_alert(failed: int, sent: int) -> None:
    fewer = Measures(failed_in_hour=failed, sent_in_hour=sent)
    more = Measures(failed_in_hour=failed + 1, sent_in_hour=sent)

    assert exceeded(fewer) <= exceeded(more)


def test_every_alert_has_words() -> None:
    words = ENGLISH.language.words

    for kind in AlertKind:
        assert {kind, f"{kind}_why", f"{kind}_remedy"} <= words.keys()
