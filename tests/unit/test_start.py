"""What a function does as it starts."""

import gc
import random
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from message_tracker.core.aws import start


@pytest.fixture
def after_restore(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What Lambda's runtime would call after a restore."""
    kept: list[Any] = []
    module = ModuleType("snapshot_restore_py")
    vars(module)["register_after_restore"] = kept.append
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", module)
    return kept


@pytest.fixture
def _frozen() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("_frozen")
def test_a_function_makes_its_services_when_it_starts(
    monkeypatch: pytest.MonkeyPatch, after_restore: list[Any]
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "sender")
    made: list[str] = []

    start.at_start(lambda: made.append("service"), lambda: made.append("queue"))

    assert made == ["service", "queue"]
    assert after_restore == [start.renew_randomness]


def test_elsewhere_they_wait_for_their_first_use(
    monkeypatch: pytest.MonkeyPatch, after_restore: list[Any]
) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    made: list[str] = []

    start.at_start(lambda: made.append("service"))

    assert made == []
    assert after_restore == []


@pytest.mark.usefixtures("_frozen")
def test_a_runtime_without_snapshots_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "sender")
    monkeypatch.delitem(sys.modules, "snapshot_restore_py", raising=False)
    made: list[str] = []

    start.at_start(lambda: made.append("service"))

    assert made == ["service"]


def test_after_a_restore_jitter_is_drawn_anew() -> None:
    random.seed(1)
    before = random.getstate()

    start.renew_randomness()

    assert random.getstate() != before
