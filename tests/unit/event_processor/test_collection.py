import gc

import pytest

from message_tracker.event_processor.collection import paused_collection


def test_the_collector_is_off_inside_and_on_again_whatever_happens() -> None:
    seen = []

    def fail_inside() -> None:
        with paused_collection():
            seen.append(gc.isenabled())
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        fail_inside()

    assert [False] == seen
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with paused_collection():
            pass

        assert not gc.isenabled()
    finally:
        gc.enable()
