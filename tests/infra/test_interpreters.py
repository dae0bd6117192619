"""Finding a Python of another version on this machine."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import interpreters

_OTHER = "3.99"
_SAYS = f"#!/bin/sh\necho {_OTHER}\n"


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    interpreters.interpreter.cache_clear()
    yield
    interpreters.interpreter.cache_clear()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path / "home"


def test_this_python_serves_its_own_version(home: Path) -> None:
    version = "{}.{}".format(*sys.version_info)

    assert interpreters.interpreter(version) == Path(sys.executable)


def test_a_version_that_is_not_on_the_machine_is_none(home: Path) -> None:
    assert interpreters.interpreter(_OTHER) is None


@pytest.mark.parametrize(
    "place",
    [
        f"../path/python{_OTHER}",
        f".pyenv/versions/{_OTHER}.1/bin/python",
        f".local/share/uv/python/cpython-{_OTHER}.1-linux-x86_64-gnu/bin/python3",
    ],
)
def test_a_python_is_found_where_it_is_commonly_installed(home: Path, place: str) -> None:
    python = _write(home / place, _SAYS)

    found = interpreters.interpreter(_OTHER)

    assert found
    assert found.samefile(python)


def test_a_shim_that_refuses_is_passed_over(home: Path) -> None:
    _write(home / f"../path/python{_OTHER}", "#!/bin/sh\nexit 127\n")
    python = _write(home / f".pyenv/versions/{_OTHER}.0/bin/python", _SAYS)

    assert interpreters.interpreter(_OTHER) == python


def _write(path: Path, program: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(program)
    path.chmod(0o755)
    return path
