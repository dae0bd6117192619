"""The limiters' runs in real time: their figures, and the environment of the other library."""

import sys
from pathlib import Path

import pytest

from benchmarks.real_time_figures import figures
from benchmarks.virtual_time import EPOCH
from benchmarks.zae_limiter_peer import PeerUnavailable, drive, environment

SECOND = 1_000_000
CALLS = {"writes": 40, "failed": 10}


def test_a_steady_run_uses_all_of_the_rate() -> None:
    sends = [(EPOCH + 7 + n * SECOND // 10, 1, n % 2 * 1000) for n in range(100)]

    measured = figures(sends, CALLS, 10_000)

    assert measured["utilisation"] == pytest.approx(1)
    assert measured["burst"] == pytest.approx(1)
    assert measured["max_in_1s"] == 10
    assert (measured["writes_per_segment"], measured["failed_writes"]) == (0.4, 0.25)


def test_a_bucket_that_begins_full_bursts_and_does_not_pass_for_use_of_the_rate() -> None:
    burst = [(EPOCH, 1, 0)] * 10
    steady = [(EPOCH + n * SECOND // 5, 1, 0) for n in range(50)]

    measured = figures([*steady, *burst], CALLS, 10_000)

    assert measured["utilisation"] == pytest.approx(0.5)
    assert measured["burst"] == pytest.approx(11)


def test_a_run_that_ends_before_it_settled_has_used_nothing() -> None:
    assert figures([(EPOCH, 10, 5_000), (EPOCH, 1, 2_500)], CALLS, 10_000) == {
        "utilisation": 0.0,
        "burst": 11.0,
        "max_in_1s": 11,
        "writes_per_segment": 3.6364,
        "failed_writes": 0.25,
        "wait_p99_ratio": 2.0,
    }


def test_the_environment_is_made_once_for_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "peers.txt"
    lock.write_text("# nothing to install\n")
    python = environment(tmp_path / "venv", lock)
    (tmp_path / "venv" / "mark").touch()

    same = environment(tmp_path / "venv", lock)
    kept = (tmp_path / "venv" / "mark").exists()
    lock.write_text("# another lock\n")
    environment(tmp_path / "venv", lock)

    assert same == python
    assert python.exists()
    assert kept
    assert not (tmp_path / "venv" / "mark").exists()


def test_an_environment_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    lock = tmp_path / "peers.txt"
    lock.write_text("no-hash==1.0\n")

    with pytest.raises(PeerUnavailable, match="could not be made"):
        environment(tmp_path / "venv", lock)


def test_a_driver_that_fails_is_said_so() -> None:
    with pytest.raises(PeerUnavailable, match="driver failed"):
        drive(Path(sys.executable), {}, seconds=1)


def test_what_the_driver_prints_is_its_sends_and_its_calls(tmp_path: Path) -> None:
    interpreter = tmp_path / "python"
    interpreter.write_text(
        "#!/bin/sh\n"
        """echo '{"sends": [[1, 10, 3], [2, 1, 0]], "calls": {"writes": 2, "failed": 1}}'\n"""
    )
    interpreter.chmod(0o755)

    sends, calls = drive(interpreter, {"rate": 45}, seconds=1)

    assert sends == [(1, 10, 3), (2, 1, 0)]
    assert calls == {"writes": 2, "failed": 1}
