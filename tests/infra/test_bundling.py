"""The Lambda assets: what is in them, and when they are built again."""

import json
from pathlib import Path

import pytest

from infra import app, bundling
from infra.config import ROOT, StageConfig


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bundling, "BUILD", tmp_path / "build")
    return tmp_path / "build"


def test_the_local_asset_is_our_code_without_the_operators_part(build: Path) -> None:
    folder = bundling.local_code()

    packages = {path.name for path in (folder / "message_tracker").iterdir()}

    assert folder.parent == build
    assert {"core", "sender", "api"} <= packages
    assert not {"cli", "local"} & packages
    assert {path.name for path in folder.iterdir()} == {"message_tracker"}


def test_sql_and_catalogs_are_part_of_the_code(build: Path) -> None:
    folder = bundling.local_code()

    assert (folder / "message_tracker/core/store/sql/schema.sql").exists()
    assert (folder / "message_tracker/failed_message_reporter/catalogs/de.toml").exists()


def test_a_source_is_compiled_into_a_file_that_is_trusted_unread(build: Path) -> None:
    folder = bundling.local_code()

    (compiled,) = (folder / "message_tracker/core/settings/__pycache__").glob("parts.*.pyc")

    # PEP 552: the flags of an unchecked hash-based .pyc are 0b01.
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 1


def test_an_asset_is_built_once(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bundling.local_code()
    monkeypatch.setattr(bundling, "_copy_sources", None)

    assert bundling.local_code() == first


def test_an_asset_is_built_again_when_a_source_changed(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = bundling.sources()
    bundling.local_code()
    monkeypatch.setattr(bundling, "sources", lambda: sources[1:])

    folder = bundling.local_code()

    assert not (folder / "message_tracker" / sources[0].relative_to(bundling.SOURCES)).exists()


def test_a_build_that_breaks_off_leaves_the_old_asset(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bundling.local_code()
    sources = bundling.sources()
    monkeypatch.setattr(bundling, "sources", lambda: sources[1:])
    monkeypatch.setattr(bundling, "compile_beside", _break_off)

    with pytest.raises(RuntimeError, match="broken off"):
        bundling.local_code()

    assert (folder / "message_tracker/core/settings/functions.py").exists()
    assert sorted(path.name for path in build.iterdir()) == ["local-code", "local-code.sha256"]


def test_two_builds_of_the_same_sources_are_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use_sources(tmp_path, monkeypatch)
    contents = []
    for name in ("one", "other"):
        monkeypatch.setattr(bundling, "BUILD", tmp_path / name)
        folder = bundling.local_code()
        contents.append(
            {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        )

    assert contents[0] == contents[1]
    assert len(contents[0]) == 2


def test_no_asset_has_a_dot_in_its_name(build: Path) -> None:
    assert "." not in bundling.local_code().name
    assert "." not in bundling.no_code().functions.name


def test_the_digest_depends_on_contents_and_names_and_target() -> None:
    one, other = ROOT / "app.py", ROOT / "cdk.json"

    assert bundling.digest([one, other]) == bundling.digest([other, one])
    assert bundling.digest([one]) != bundling.digest([other])
    assert bundling.digest([one], "arm64") != bundling.digest([one], "x86_64")


@pytest.mark.parametrize("lock", [bundling.LOCK, bundling.SENTRY_LOCK], ids=lambda lock: lock.stem)
def test_every_dependency_is_pinned_by_a_hash(lock: Path) -> None:
    lines = lock.read_text().splitlines()

    pinned = [line for line in lines if "==" in line]

    assert pinned
    assert all(line.endswith("\\") for line in pinned)


def test_a_stage_that_tells_sentry_runs_the_same_dependencies_and_its_sdk() -> None:
    plain, with_sentry = (
        {line.partition("==")[0]: line for line in lock.read_text().splitlines() if "==" in line}
        for lock in (bundling.LOCK, bundling.SENTRY_LOCK)
    )

    assert plain.items() <= with_sentry.items()
    assert "sentry-sdk" in with_sentry.keys() - plain.keys()


def test_the_sdk_of_sentry_is_bundled_for_a_stage_that_tells_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "lambda_code", lambda lock: bundling.LambdaCode(lock, None))
    stages = json.loads((ROOT / "cdk.json").read_text())["context"]["stages"]
    plain = StageConfig.read("prod", stages, None)
    telling = plain.model_copy(update={"sentry_dsn": "https://key@sentry.example.com/1"})

    assert bundling.LOCK == app._code(plain).functions
    assert bundling.SENTRY_LOCK == app._code(telling).functions


def _use_sources(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a module of our own be all the code there is."""
    module = root / "src" / "message_tracker" / "core" / "names.py"
    module.parent.mkdir(parents=True)
    module.write_text('NAMES = {"one", "two", "three"}\n\ndef known(name): return name in NAMES\n')
    monkeypatch.setattr(bundling, "ROOT", root)
    monkeypatch.setattr(bundling, "SOURCES", root / "src" / "message_tracker")
    monkeypatch.setattr(bundling, "_BUILDERS", ())


def _break_off(python: Path, folder: Path) -> None:
    raise RuntimeError("broken off")
