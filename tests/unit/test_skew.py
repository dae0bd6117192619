from random import Random

from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.skew import Skew

EPOCH = 1_750_000_000_000_000
SECOND = 1_000_000

offsets = st.integers(-5_000_000, 5_000_000)
seeds = st.integers(0, 2**32)


def answers(skew: Skew, offset: int, seed: int, count: int, since: int = EPOCH) -> None:
    """Let the skew learn from answers that take up to 20 ms, of a clock that is so far off."""
    random, now = Random(seed), since  # noqa: S311 - reproducible on purpose
    for _ in range(count):
        now += random.randrange(300_000)
        sent, stamped = now, now + random.randrange(10_000)
        received = stamped + random.randrange(10_000)
        skew.learn(stamped // SECOND * SECOND, sent + offset, received + offset)


def test_a_clock_nobody_checked_is_trusted() -> None:
    assert Skew().shift == 0


@given(st.integers(-5_000, 5_000), seeds)
def test_a_clock_that_may_be_right_is_left_alone(offset: int, seed: int) -> None:
    skew = Skew()

    answers(skew, offset, seed, 100)

    assert abs(skew.shift) <= abs(offset)


@given(offsets, seeds)
def test_a_shift_never_overshoots(offset: int, seed: int) -> None:
    skew = Skew()

    answers(skew, offset, seed, 20)

    assert 0 <= -skew.shift * (1 if offset > 0 else -1) <= abs(offset)


@given(offsets, seeds)
def test_some_answers_bring_the_clock_to_within_a_tenth_of_a_second(offset: int, seed: int) -> None:
    skew = Skew()

    answers(skew, offset, seed, 100)

    assert abs(offset + skew.shift) <= 100_000


@given(offsets, offsets, seeds)
def test_a_clock_that_was_set_is_learned_anew(before: int, after: int, seed: int) -> None:
    skew = Skew()
    answers(skew, before, seed, 50)

    answers(skew, after, seed, 100, since=EPOCH + 60 * SECOND)

    assert abs(after + skew.shift) <= 100_000


def test_an_answer_during_which_the_clock_was_set_back_tells_nothing() -> None:
    skew = Skew()

    skew.learn(EPOCH, EPOCH + 9 * SECOND, EPOCH)

    assert skew.shift == 0
