"""The asset for AWS: how large it is, what is in it, and that every function starts from it."""

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from infra import bundling
from infra.bundling import LambdaCode
from infra.host_runtime import HostRuntime
from infra.interpreters import interpreter
from tests.infra.cloudformation import Template

_PROGRAM = Path(__file__).with_name("asset_imports.py")
# CPython 3.13, Lib/importlib/_bootstrap_external.py: 3571, and two bytes that end it.
_MAGIC = (3571).to_bytes(2, "little") + b"\r\n"
_LARGEST = 12_000_000


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> LambdaCode:
    return _built_in(tmp_path_factory.mktemp("arm64"))


@pytest.fixture(scope="module")
def asset(code: LambdaCode) -> Path:
    return code.functions


@pytest.fixture(scope="module")
def layer(code: LambdaCode) -> Path:
    assert code.cryptography
    return code.cryptography


@pytest.fixture(scope="module")
def runtime() -> HostRuntime:
    return HostRuntime()


def test_the_asset_is_small_with_its_bytecode(asset: Path) -> None:
    assert len(_zipped(asset)) <= _LARGEST


def test_every_module_is_compiled_where_the_functions_python_is_at_hand(
    asset: Path, layer: Path
) -> None:
    sources = {path for folder in (asset, layer) for path in folder.rglob("*.py")}
    compiled = {path for folder in (asset, layer) for path in folder.rglob("*.pyc")}

    if interpreter(bundling.RUNTIME):
        assert sources == set()
        assert asset / "message_tracker/core/settings/functions.pyc" in compiled
        assert layer / "python/cryptography/__init__.pyc" in compiled
    else:
        assert compiled == set()


def test_no_bytecode_is_of_another_python_or_compared_with_its_source(
    asset: Path, layer: Path
) -> None:
    heads = {path.read_bytes()[:8] for each in (asset, layer) for path in each.rglob("*.pyc")}

    # PEP 552: the flags of an unchecked hash-based .pyc are 0b01.
    assert heads <= {_MAGIC + (1).to_bytes(4, "little")}


def test_the_asset_leaves_to_the_runtime_what_the_runtime_brings(asset: Path) -> None:
    tops = {path.name for path in asset.iterdir()}

    assert not {"boto3", "botocore", "s3transfer", "urllib3"} & tops


def test_the_layer_holds_what_the_asset_leaves_to_it(asset: Path, layer: Path) -> None:
    tops = {path.name.partition(".")[0] for path in (layer / "python").iterdir()}

    assert tops == {"cryptography", "_cffi_backend"}
    assert not tops & {path.name.partition(".")[0] for path in asset.iterdir()}


def test_whoever_seals_or_verifies_has_the_layer_and_nobody_else(
    prod: Template, local: Template
) -> None:
    layered = {
        properties["Handler"].removeprefix("message_tracker.").removesuffix(".handler.handler")
        for properties in prod.of_type("AWS::Lambda::Function").values()
        if "Layers" in properties
    }
    sealing = {
        ".".join(path.parent.relative_to(bundling.SOURCES).parts)
        for path in bundling.SOURCES.rglob("handler.py")
        if re.search(r"core\.aws\.(sealing|sns) import", path.read_text("utf-8"))
    }

    assert layered == sealing
    assert not local.of_type("AWS::Lambda::LayerVersion")


def test_the_same_inputs_are_the_same_bytes(
    asset: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    again = _built_in(tmp_path_factory.mktemp("again"))

    assert _contents(again.functions) == _contents(asset)


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
    runtime: HostRuntime, prod: Template, local: Template
) -> None:
    handlers = {
        properties["Handler"].rpartition(".")[0]
        for template in (prod, local)
        for properties in template.of_type("AWS::Lambda::Function").values()
    }

    loaded = _imported(runtime, *handlers)

    assert handlers
    assert handlers <= loaded


def test_whatever_our_code_ever_imports_is_in_the_asset(runtime: HostRuntime) -> None:
    loaded = _imported(runtime)

    assert "cryptography.x509" in loaded  # named inside a function only


def _built_in(folder: Path) -> LambdaCode:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundling, "BUILD", folder)
        return bundling.lambda_code()


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


def _imported(runtime: HostRuntime, *modules: str) -> set[str]:
    """Import in a process of its own and return all modules that it has then."""
    done = runtime.run(_PROGRAM, modules, {}, has_layer=not modules)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
