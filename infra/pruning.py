"""What the dependencies bring and no function reads.

Nothing here is imported when a handler starts, nor named by an import anywhere in our code; a test
builds the asset and imports all of it.
"""

import shutil
from pathlib import Path

_UNREAD = (
    # Programs, and what was installed: nothing asks for a distribution's version or entry points.
    "bin",
    ".lock",
    "*.dist-info",
    # For type checkers, and sources of C and Cython modules.
    "**/*.pyi",
    "**/py.typed",
    "**/*.pyx",
    "**/*.pxd",
    "**/*.[ch]",
    # Names of places, carriers and time zones: only lookups that we never make read them.
    "phonenumbers/geodata",
    "phonenumbers/carrierdata",
    "phonenumbers/tzdata",
    # The resolver behind email-validator's check of a domain, which sends queries; we make none.
    "dns",
    # cryptography needs the compiled half of cffi, which stands beside this folder.
    "cffi",
    "pycparser",
    # The API of version 1, kept by pydantic for who has not moved, and its plug-in for mypy.
    "pydantic/v1",
    "pydantic/mypy.py",
    # Utilities of Powertools for which we have our own, or no need.
    *(
        f"aws_lambda_powertools/utilities/{name}"
        for name in (
            "auth_alpha",
            "circuit_breaker",
            "data_masking",
            "feature_flags",
            "idempotency",
            "kafka",
            "metadata",
            "parameters",
            "streaming",
            "validation",
        )
    ),
)


def prune(folder: Path) -> None:
    """Remove from a folder of installed dependencies what no function reads."""
    for pattern in _UNREAD:
        for path in list(folder.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
