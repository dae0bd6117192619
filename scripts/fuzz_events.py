"""Let coverage guide the fuzzing of the event decoder, with atheris (libFuzzer).

    pip install atheris
    python scripts/fuzz_events.py corpus/ tests/fixtures/events/ses -max_total_time=600

What it finds stays in the first folder; the others are what to begin with. The arguments are
libFuzzer's. Without atheris: `message-tracker bench fuzz`, which mutates without looking.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

_SOURCES = ("src", ".")


def main() -> None:
    """Fuzz until an exception that is not the decoder's refusal, or until the time is over."""
    root = Path(__file__).resolve().parent.parent
    sys.path[:0] = [str(root / each) for each in _SOURCES]
    atheris: Any = _atheris()
    with atheris.instrument_imports(include=["message_tracker"]):
        read_input = importlib.import_module("benchmarks.fuzz").read_input
    atheris.Setup(sys.argv, lambda data: _read(read_input, data))
    atheris.Fuzz()


def _atheris() -> object:
    try:
        return importlib.import_module("atheris")
    except ModuleNotFoundError:
        sys.exit(
            "atheris is not installed: pip install atheris, or run `message-tracker bench fuzz`"
        )


def _read(read_input: Any, data: bytes) -> None:  # noqa: ANN401 - imported while instrumented
    read_input(data)


if __name__ == "__main__":
    main()
