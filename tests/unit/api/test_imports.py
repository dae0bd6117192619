"""What every cold start of the API loads, and what it does not."""

import subprocess
import sys


def test_only_what_signs_or_seals_loads_the_library_of_it() -> None:
    script = (
        "import sys, message_tracker.api.handler\n"
        "sys.exit([name for name in sys.modules if name.startswith('cryptography')] or 0)"
    )

    done = subprocess.run(  # noqa: S603 - our own fixed command
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )

    assert (0, "") == (done.returncode, done.stderr)
