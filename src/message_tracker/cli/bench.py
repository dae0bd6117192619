"""`message-tracker bench`: one benchmark of the repository, figures as JSON."""

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from message_tracker.core.domain.errors import ConfigurationFault


def bench(
    name: Annotated[str, typer.Argument(help="which benchmark; `list` names them")],
    *,
    json_output: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
    quick: Annotated[bool, typer.Option(help="under a minute; the ratios still mean it")] = False,
) -> None:
    """Run one benchmark from a checkout of the repository."""
    home = _home()
    names = sorted(
        module.name
        for module in pkgutil.iter_modules([str(home)])
        if (home / f"{module.name}.py").read_text("utf-8").find("\ndef run(") >= 0
    )
    if name == "list":
        typer.echo("\n".join(names))
        return
    if name not in names:
        raise ConfigurationFault(f"no benchmark {name!r}: there are {', '.join(names)}")
    figures = importlib.import_module(f"benchmarks.{name}").run(quick=quick)
    typer.echo(json.dumps(figures, indent=None if json_output else 2))


def _home() -> Path:
    """Return the folder of the benchmarks; they live in the repository, not in the package."""
    root = Path.cwd()
    if not (root / "benchmarks").is_dir():
        raise ConfigurationFault("run this in a checkout: there is no benchmarks/ folder here")
    sys.path.insert(0, str(root))
    return root / "benchmarks"
