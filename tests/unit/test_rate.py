import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.rate import Pauser, RateSetting, SendingAccount

CONFIGURED = 45_000
RATE = 20_000

rates = st.integers(1, 1_000_000)
settings = st.builds(
    RateSetting, rates, st.none() | rates, st.none() | rates, st.none() | st.sampled_from(Pauser)
)


def test_the_configured_rate_is_in_force_when_nobody_decided_otherwise() -> None:
    assert RateSetting(CONFIGURED).rate == CONFIGURED


def test_a_rate_set_by_hand_stays_until_the_configuration_changes() -> None:
    by_hand = RateSetting(CONFIGURED).set_by_hand(RATE)

    assert by_hand.configure(CONFIGURED).rate == RATE
    assert by_hand.configure(60_000).rate == 60_000


def test_a_rate_set_by_hand_before_the_first_sender_ran_is_kept() -> None:
    assert RateSetting(0).set_by_hand(RATE).configure(CONFIGURED).rate == RATE


def test_the_account_decides_over_the_configuration() -> None:
    assert RateSetting(14_000).follow(SendingAccount(90_000, may_send=True)).rate == 90_000


@given(settings, rates)
def test_nobody_is_faster_than_the_account_allows(setting: RateSetting, rate: int) -> None:
    followed = setting.set_by_hand(rate).follow(SendingAccount(RATE, may_send=True))

    assert followed.full == min(rate, RATE)


def test_an_account_that_names_no_rate_changes_none() -> None:
    assert RateSetting(CONFIGURED).follow(SendingAccount(0, may_send=True)).rate == CONFIGURED


def test_an_account_that_may_not_send_pauses_and_lifts_its_own_pause() -> None:
    paused = RateSetting(CONFIGURED).follow(SendingAccount(RATE, may_send=False))

    assert (paused.rate, paused.full) == (0, RATE)
    assert paused.follow(SendingAccount(RATE, may_send=True)).rate == RATE


@pytest.mark.parametrize("may_send", [True, False])
def test_a_pause_by_an_operator_is_lifted_by_an_operator_only(may_send: bool) -> None:
    paused = RateSetting(CONFIGURED).pause()

    followed = paused.follow(SendingAccount(RATE, may_send=may_send)).configure(60_000)

    assert followed.paused_by is Pauser.OPERATOR
    assert followed.rate == 0
    assert followed.resume().rate == RATE


@given(settings)
def test_a_pause_changes_nothing_but_the_rate_in_force(setting: RateSetting) -> None:
    assert setting.pause().resume() == setting.resume()
    assert setting.pause().rate == 0
