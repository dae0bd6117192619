"""What a function does as it starts, so that its first event finds it ready.

Lambda gives the start a whole CPU, and an event only the share that the function's memory buys.
What is made here is made before the snapshot where a stage uses SnapStart, and shared by all that
are restored from it: so it opens no connection, reads no secret and draws no random number.
"""

import gc
import random
from collections.abc import Callable

from uuid_utils import reseed_rng

from message_tracker.core.settings import runs_in_lambda


def at_start(*makers: Callable[[], object]) -> None:
    """Call what makes the function's services, where this is a function and not a test of one.

    Args:
        makers: cached, so that the first event gets what was made here.
    """
    if not runs_in_lambda():
        return
    for make in makers:
        make()
    _renew_when_restored()
    gc.freeze()  # all of it stays: no search for garbage need look at it again


def renew_randomness() -> None:
    """Begin other random sequences than whoever else was restored from the same snapshot.

    Ids and jitter come from generators inside the process; keys and nonces from the system's, which
    Lambda renews by itself.
    """
    random.seed()
    reseed_rng()


def _renew_when_restored() -> None:
    try:
        # Part of Lambda's runtime, and of no other.
        from snapshot_restore_py import (  # type: ignore[import-not-found]  # it is nowhere else
            register_after_restore,
        )
    except ImportError:
        return
    register_after_restore(renew_randomness)
