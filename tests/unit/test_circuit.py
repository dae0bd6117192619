"""A fault is the channel's only if nobody after it was taken."""

from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.circuit import isolate_faults
from message_tracker.core.domain.outcome import (
    Accepted,
    ChannelFault,
    Outcome,
    Refused,
    Throttled,
    Unknown,
)

FAULT = ChannelFault("sms/NO_ORIGINATION_IDENTITIES_FOUND", "none for this country")
OWN = Refused(FAULT.cause, FAULT.detail, permanent=False)
TAKEN = Accepted("sms-1")

outcomes = st.lists(
    st.sampled_from([FAULT, TAKEN, OWN, Throttled("later"), Unknown("timeout"), None])
)


@given(outcomes)
def test_only_faults_before_an_acceptance_become_the_messages_own(
    made: list[Outcome | None],
) -> None:
    judged = isolate_faults(made)

    after = [TAKEN in made[number + 1 :] for number in range(len(made))]
    expected = [
        OWN if one == FAULT and is_followed else one
        for one, is_followed in zip(made, after, strict=True)
    ]
    assert expected == judged


@given(outcomes)
def test_judging_twice_is_judging_once(made: list[Outcome | None]) -> None:
    judged = isolate_faults(made)

    assert judged == isolate_faults(judged)
