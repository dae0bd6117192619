"""A program: import what the asset's code names, with nothing but the given folders on the path.

`python -I -S asset_imports.py FOLDER[:FOLDER] MODULE ...` imports the modules; without any, every
module of ours that a function may need and everything of others' that any of them ever imports.
"""

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

_SOURCES = Path(__file__).parents[2] / "src"
_OURS = "message_tracker"
_OPERATORS_ONLY = ("cli", "local")
_LAMBDAS = "snapshot_restore_py"  # of the runtime in AWS alone; our code does without it
# Loaded for a stage that tells Sentry, whose asset has the SDK.
_OPTIONAL = ("message_tracker.core.observability.sentry",)


def main() -> None:
    """Import, and fail with what cannot be imported or connects to somebody."""
    sys.addaudithook(_stay_alone)
    folders, *names = sys.argv[1:]
    sys.path[1:1] = folders.split(":")
    del sys.path[0]  # this file's own folder
    sources = [
        path
        for path in sorted((_SOURCES / _OURS).rglob("*.py"))
        if path.relative_to(_SOURCES).parts[1] not in _OPERATORS_ONLY
        and _name_of(path) not in _OPTIONAL
    ]
    for name in names or sorted(set(map(_name_of, sources)) | _named(sources)):
        if name.partition(":")[0] not in _OPTIONAL:
            _imported(name)
    print("\n".join(sorted(sys.modules)))  # noqa: T201 - for the test that runs this


def _stay_alone(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        raise ConnectionRefusedError(f"a start must connect to nobody, and calls {arguments[1]}")


def _name_of(path: Path) -> str:
    """Return the name of a module of ours."""
    parts = path.relative_to(_SOURCES).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _named(sources: list[Path]) -> set[str]:
    """Return what the modules import at any time, down to the attribute: `a.b:c`."""
    return {name for path in sources for name in _imports(ast.parse(path.read_bytes()))}


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue  # for type checkers alone
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                yield from (f"{module}:{alias.name}" for alias in node.names)
            case _:
                yield from _imports(node)


def _imported(name: str) -> None:
    module, _, attribute = name.partition(":")
    if module == _LAMBDAS:
        return
    found = importlib.import_module(module)
    if attribute and not hasattr(found, attribute):
        importlib.import_module(f"{module}.{attribute}")


if __name__ == "__main__":
    main()
