from pathlib import Path

import pytest

from benchmarks import zae_limiter_peer
from benchmarks.limiter_emulated import emulated
from benchmarks.zae_limiter_peer import PeerUnavailable


def test_where_the_other_library_cannot_be_run_the_limiter_is_measured_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> Path:
        raise PeerUnavailable("its environment could not be made: no network")

    monkeypatch.setattr(zae_limiter_peer, "environment", fail)

    measured = emulated(45_000, (1, 2, 10), seconds=3)

    assert measured.zae_limiter == "not run, its environment could not be made: no network"
    assert set(measured.figures) == {"slot"}
    assert measured.figures["slot"]["burst"] < 15
