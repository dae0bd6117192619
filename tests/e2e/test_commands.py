"""The operator's commands against a running API, and a stack that leaves nothing behind."""

import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner, Result

from message_tracker.cli.main import program
from tests.running_stack import RunningStack, wait_for


@pytest.fixture
def folder() -> Iterator[Path]:
    """A temporary folder that Postgres can enter, though it does not run as root."""
    with tempfile.TemporaryDirectory(prefix="mt-up-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def run(stack: RunningStack, *arguments: str) -> Result:
    environment = {"MT_API_URL": stack.stack.api_url, "MT_API_KEY": stack.stack.api_key}
    return CliRunner().invoke(program, arguments, env=environment)


def test_what_is_sent_from_the_shell_can_be_looked_at(stack: RunningStack) -> None:
    sent = json.loads(run(stack, "send", "+14254147755", "--message", "Hello", "--json").output)
    message_id = sent["message_ids"][0]

    stack.ends(message_id, "delivered")

    assert "TEXT_DELIVERED" in run(stack, "status", message_id).output
    assert "delivered" in run(stack, "status", sent["group_id"]).output


def test_the_client_of_the_readme_sends_once(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    [client] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    monkeypatch.setenv("API", stack.stack.api_url)
    monkeypatch.setenv("KEY", stack.stack.api_key)
    names: dict[str, Any] = {}

    exec(client, names)  # noqa: S102 - our own page
    first, again = (names["send"]("readme", to="+14254147755", message="Hello") for _ in range(2))

    assert first == again
    stack.ends(str(first.message_ids[0]), "delivered")


def test_a_refused_recipient_is_named_in_the_shell(stack: RunningStack) -> None:
    refused = run(stack, "send", "nobody", "--message", "Hello")

    assert refused.exit_code
    assert "`to`" in str(refused.exception)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stack_that_is_told_to_stop_leaves_no_process_and_no_folder(
    number: signal.Signals, folder: Path
) -> None:
    log = folder / "up.log"
    with log.open("wb") as out:
        up = subprocess.Popen(
            [sys.executable, "-m", "message_tracker.cli", "local", "up"],
            stdout=out,
            stderr=out,
            env={
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "TMPDIR": str(folder),
                "MT_STAGE": "local",
            },
        )
    try:
        wait_for(log.read_text, lambda text: "curl" in text or up.poll() is not None)
        assert up.poll() is None, log.read_text()
        children = psutil.Process(up.pid).children(recursive=True)
        up.send_signal(number)
        code = up.wait(timeout=30)
    finally:
        up.kill()

    assert 130 == code, log.read_text()
    assert len(children) >= 2
    psutil.wait_procs(children, timeout=5)
    assert [child for child in children if child.is_running()] == []
    assert [each.name for each in folder.iterdir()] == ["up.log"]
    assert re.search(r"key +mt_local_", log.read_text())
