"""Traffic that repeats what was not answered, another release, and a tally that admits no doubt."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from message_tracker.core.domain.errors import PermanentError, Unavailable
from message_tracker.local import rehearsal
from message_tracker.local.rehearsal import Tally, Traffic, another_release


class Api:
    """Answers as the API does, but not to every first try."""

    def __init__(self, *, fails_with: type[Exception] | None = None) -> None:
        self.keys: list[str | None] = []
        self._fails_with = fails_with

    def post(
        self, path: str, body: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        self.keys.append(idempotency_key)
        if self._fails_with and len(self.keys) == 1:
            raise self._fails_with("not now")
        return {"group_id": "g", "message_ids": [f"{idempotency_key} {to}" for to in body["to"]]}


def until(count: int, traffic: Traffic) -> None:
    deadline = time.monotonic() + 10
    while len(traffic.message_ids) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(rehearsal, "_PAUSE_SECONDS", 0.001)


def test_what_is_not_answered_is_posted_again_with_the_same_key() -> None:
    api = Api(fails_with=Unavailable)

    with Traffic(api.post, "t") as traffic:
        until(12, traffic)

    assert ["t-0", "t-0", "t-1"] == api.keys[:3]
    assert 1 == traffic.repeated
    assert len(set(traffic.message_ids)) == len(traffic.message_ids) >= 12


def test_what_ends_the_traffic_is_told() -> None:
    api = Api(fails_with=PermanentError)

    with pytest.raises(PermanentError, match="not now"), Traffic(api.post, "t"):
        time.sleep(0.05)


def test_recipients_of_one_run_differ() -> None:
    with Traffic(Api().post, "t") as traffic:
        until(300, traffic)

    recipients = [each.partition(" ")[2] for each in traffic.message_ids]
    assert len(set(recipients)) == len(recipients)


@pytest.mark.parametrize(
    ("changes", "is_exact"),
    [
        pytest.param({}, True, id="all arrived once"),
        pytest.param({"in_postgres": 1}, False, id="one is not in Postgres"),
        pytest.param({"in_inbox": 1}, False, id="one never reached the provider"),
        pytest.param({"doubled": ("a",)}, False, id="one was sent twice"),
        pytest.param({"statuses": {"delivered": 1, "sent": 1}}, False, id="one is not delivered"),
    ],
)
def test_a_tally_is_exact_if_every_count_agrees(changes: dict[str, Any], is_exact: bool) -> None:
    counted: dict[str, Any] = {
        "accepted": 2,
        "in_postgres": 2,
        "statuses": {"delivered": 2},
        "in_inbox": 2,
        "doubled": (),
    }

    assert is_exact == Tally(**(counted | changes)).is_exact


def test_another_release_has_new_names_for_its_assets_and_tells_who_it_is(tmp_path: Path) -> None:
    assembly, code, template = tmp_path / "old", "c" * 64, "7" * 64
    page = assembly / f"asset.{code}" / "message_tracker" / "api" / "openapi.py"
    (page.parent / "__pycache__").mkdir(parents=True)
    (page.parent / "__pycache__" / "openapi.cpython-311.pyc").touch()
    page.write_text('title="Message Tracker",')
    sources = {
        code: {"path": f"asset.{code}", "packaging": "zip"},
        template: {"path": "Stack.template.json", "packaging": "file"},
    }
    files = {key: {"source": source} for key, source in sources.items()}
    (assembly / "Stack.assets.json").write_text(json.dumps({"files": files}))
    (assembly / "Stack.template.json").write_text(json.dumps({"S3Key": f"{code}.zip"}))

    release = another_release(assembly, tmp_path / "new", "next")

    [changed] = release.glob("asset.*/message_tracker/api/openapi.py")
    renamed = json.loads((release / "Stack.assets.json").read_text())["files"]
    assert 'title="Message Tracker next",' == changed.read_text()
    assert not list(release.glob("asset.*/message_tracker/api/__pycache__/*"))
    assert not renamed.keys() & files.keys()
    key = json.loads((release / "Stack.template.json").read_text())["S3Key"]
    assert (release / f"asset.{key.removesuffix('.zip')}").is_dir()
