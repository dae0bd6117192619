"""Rewrite `requirements/*.txt`: exact versions with hashes, releases older than a week only.

A week's cooldown lets a hijacked release be found before it reaches us. `dev` holds everything;
the other groups are constrained by it, so that one version of a library is used everywhere.
"""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COOLDOWN = timedelta(days=7)
EVERYTHING = [
    *("pyproject.toml", "--extra", "local", "--extra", "sentry", "--extra", "test"),
    *("--extra", "dev"),
]
GROUPS = {
    "dev": EVERYTHING,
    "lambda": ["pyproject.toml", "-c", "requirements/dev.txt"],
    "sentry": ["pyproject.toml", "--extra", "sentry", "-c", "requirements/dev.txt"],
    "local": ["pyproject.toml", "--extra", "local", "-c", "requirements/dev.txt"],
    "test": [
        *("pyproject.toml", "--extra", "local", "--extra", "sentry", "--extra", "test"),
        *("-c", "requirements/dev.txt"),
    ],
    "bench": [
        *("pyproject.toml", "--extra", "local", "--extra", "test", "--extra", "bench"),
        *("-c", "requirements/dev.txt"),
    ],
    "bootstrap": ["requirements/bootstrap.in", "-c", "requirements/dev.txt"],
    "emulator": ["requirements/emulator.in"],
    "node": ["requirements/node.in"],
    "peers": ["requirements/peers.in"],
}


def main() -> None:
    """Compile every group in order: `dev` first, since it constrains the rest."""
    newest = (datetime.now(UTC) - COOLDOWN).date().isoformat()
    for group, sources in GROUPS.items():
        print(f"locking requirements/{group}.txt")
        subprocess.run(  # noqa: S603 - our own fixed command
            [
                Path(sys.executable).with_name("uv"), "pip", "compile", "--quiet", "--universal",
                "--generate-hashes", "--no-header", "--no-annotate", "--python-version", "3.11",
                "--exclude-newer", newest, *sources, "-o", f"requirements/{group}.txt",
            ],
            cwd=ROOT,
            check=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
