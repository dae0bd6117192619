"""The templates of the stages, synthesized once; and the option to rewrite their snapshot."""

import pytest

from tests.infra.cloudformation import Template, template_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-snapshot", action="store_true", help="write tests/infra/snapshots again"
    )


@pytest.fixture(scope="session")
def prod() -> Template:
    return template_of("prod")


@pytest.fixture(scope="session")
def local() -> Template:
    return template_of("local")


@pytest.fixture(params=["prod", "local"])
def template(request: pytest.FixtureRequest) -> Template:
    """Each stage's template in turn."""
    found: Template = request.getfixturevalue(request.param)
    return found
