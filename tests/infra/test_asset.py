"""The asset for AWS: how large it is, what is in it, and that every function starts from it."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pytest

from infra import bundling
from infra.interpreters import interpreter
from tests.infra.cloudformation import Template

_PROGRAM = Path(__file__).with_name("asset_imports.py")
# What the runtime brings: boto3, and what boto3 needs.
_RUNTIMES_OWN = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
# CPython 3.13, Lib/importlib/_bootstrap_external.py: 3571, and two bytes that end it.
_MAGIC = (3571).to_bytes(2, "little") + b"\r\n"
_LARGEST = 17_500_000


@pytest.fixture(scope="module")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _built_in(tmp_path_factory.mktemp("arm64"))


@pytest.fixture(scope="module")
def host_asset() -> Path:
    return bundling.host_asset()


@pytest.fixture(scope="module")
def runtimes_own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runtime")
    for name in _RUNTIMES_OWN:
        spec = find_spec(name)
        assert spec
        assert spec.origin
        origin = Path(spec.origin)
        origin = origin.parent if origin.name == "__init__.py" else origin
        (folder / origin.name).symlink_to(origin)
    return folder


def test_the_asset_is_small_with_its_bytecode(asset: Path) -> None:
    assert len(_zipped(asset)) <= _LARGEST


def test_every_module_is_compiled_where_the_functions_python_is_at_hand(asset: Path) -> None:
    ours = asset / "message_tracker"
    compiled = list(asset.rglob("*.pyc"))
    beside = {path.name.partition(".")[0] for path in ours.rglob("__pycache__/*.pyc")}

    if interpreter(bundling.RUNTIME):
        assert beside == {path.stem for path in ours.rglob("*.py")}
        assert {path for path in asset.rglob("*.py") if ours not in path.parents} == set()
        assert len(compiled) > len(beside)
    else:
        assert compiled == []


def test_no_bytecode_is_of_another_python_or_compared_with_its_source(asset: Path) -> None:
    heads = {path.read_bytes()[:8] for path in asset.rglob("*.pyc")}

    # PEP 552: the flags of an unchecked hash-based .pyc are 0b01.
    assert heads <= {_MAGIC + (1).to_bytes(4, "little")}


def test_the_asset_leaves_to_the_runtime_what_the_runtime_brings(asset: Path) -> None:
    tops = {path.name for path in asset.iterdir()}

    assert not {"boto3", "botocore", "s3transfer", "urllib3"} & tops


def test_the_same_inputs_are_the_same_bytes(
    asset: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    again = _built_in(tmp_path_factory.mktemp("again"))

    assert _contents(again) == _contents(asset)


@pytest.mark.parametrize(
    "name",
    [
        "aws_lambda_powertools/event_handler/openapi/swagger_ui/swagger-ui-bundle.min.js",
        "aws_lambda_powertools/event_handler/openapi/swagger_ui/swagger-ui.min.css",
        "tzdata/zoneinfo/Europe/Berlin",
    ],
)
def test_what_functions_read_without_importing_it_is_in_the_asset(asset: Path, name: str) -> None:
    assert (asset / name).is_file()


def test_every_function_starts_with_nothing_but_the_asset(
    host_asset: Path, runtimes_own: Path, prod: Template, local: Template
) -> None:
    handlers = {
        properties["Handler"].rpartition(".")[0]
        for template in (prod, local)
        for properties in template.of_type("AWS::Lambda::Function").values()
    }

    loaded = _imported([host_asset, runtimes_own], *handlers)

    assert handlers
    assert handlers <= loaded


def test_whatever_our_code_ever_imports_is_in_the_asset(
    host_asset: Path, runtimes_own: Path
) -> None:
    loaded = _imported([host_asset, runtimes_own])

    assert "cryptography.x509" in loaded  # named inside a function only


def _built_in(folder: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundling, "BUILD", folder)
        return bundling.lambda_asset()


def _zipped(folder: Path) -> bytes:
    """Return the folder as CDK zips it."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        for path in _files(folder):
            written.write(path, path.relative_to(folder))
    return archive.getvalue()


def _contents(folder: Path) -> dict[str, tuple[int, float, bytes]]:
    """Return all that goes into an archive: each file's mode, time and bytes by its name."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode,
            path.stat().st_mtime,
            path.read_bytes(),
        )
        for path in _files(folder)
    }


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _imported(folders: Sequence[Path], *modules: str) -> set[str]:
    """Import in a process of its own and return all modules that it has then."""
    done = subprocess.run(  # noqa: S603 - this Python, and a program of ours
        [sys.executable, "-I", "-S", _PROGRAM, os.pathsep.join(map(str, folders)), *modules],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
