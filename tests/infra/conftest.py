"""The templates of the stages, synthesized once; and the option to rewrite their snapshot."""

from pathlib import Path

import pytest

from infra import synth
from tests.infra.cloudformation import Template, template_of
from tests.infra.variants import Variant, synthesized


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-snapshot", action="store_true", help="write tests/infra/snapshots again"
    )


@pytest.fixture(scope="session")
def only_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PATH with a node and nothing else: CDK needs no Docker, npm, uv or git of the machine."""
    folder = tmp_path_factory.mktemp("only-node")
    (folder / "node").symlink_to(synth._node())
    return folder


@pytest.fixture(scope="session")
def prod(only_node: Path) -> Template:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(only_node))
        return template_of("prod")


@pytest.fixture(scope="session")
def local() -> Template:
    return template_of("local")


@pytest.fixture(scope="session")
def variants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Variant]:
    """Every row of the matrix; cdk-nag has accepted each, or it would not be."""
    return synthesized(tmp_path_factory.mktemp("variants"))


@pytest.fixture(params=["prod", "local"])
def template(request: pytest.FixtureRequest) -> Template:
    """Each stage's template in turn."""
    found: Template = request.getfixturevalue(request.param)
    return found
