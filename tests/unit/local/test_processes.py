import signal
import subprocess
import sys
import time

from message_tracker.local.processes import stop_group

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("up", flush=True)
time.sleep(60)
"""


def test_a_group_that_ignores_the_request_is_killed_with_its_children() -> None:
    process = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    started = time.monotonic()

    stop_group(process, ask_with=signal.SIGTERM, patience_seconds=0.1)

    # Whoever of the group still lives holds the pipe open: its end means that nobody does.
    assert process.stdout.read() == b""
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL
    assert time.monotonic() - started < 3


def test_a_process_that_is_already_gone_is_no_error() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    process.wait(10)

    stop_group(process, ask_with=signal.SIGTERM, patience_seconds=0.1)

    assert process.returncode == 0
