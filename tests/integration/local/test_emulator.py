import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.local.clients import client_options
from message_tracker.local.emulator import Emulator, emulator
from message_tracker.local.ports import PortInUse

HANDLER = """
import os, time
import shared
def handler(event, context):
    if event.get("dies"):
        os._exit(1)
    if event.get("fails"):
        raise ValueError("on purpose")
    time.sleep(event.get("seconds", 0))
    return {"pid": os.getpid(), "environment": dict(os.environ), "shared": shared.__file__}
"""


def answers(running: Emulator) -> bool:
    try:
        urllib.request.urlopen(f"{running.endpoint_url}/_ministack/health", timeout=2).close()  # noqa: S310 - loopback
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


def a_function(running: Emulator, name: str, timeout_seconds: int = 3) -> Any:  # noqa: ANN401 - a client without stubs here
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("h.py", HANDLER)
    client = boto3.client("lambda", **client_options(running.endpoint_url))
    client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="h.handler",
        Code={"ZipFile": code.getvalue()},
        Timeout=timeout_seconds,
    )

    def invoke(**event: object) -> dict[str, Any]:
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event))
        result: dict[str, Any] = json.loads(answer["Payload"].read())
        return result

    return invoke


def test_nothing_is_left_when_the_block_ends_although_a_handler_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shared.py").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    with emulator(pythonpath=tmp_path) as running:
        worker = a_function(running, "leaves-a-worker")()["pid"]

    assert not answers(running)
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    assert list(tmp_path.glob("message-tracker-*")) == []


def test_it_stops_after_an_exception() -> None:
    with pytest.raises(LookupError), emulator() as running:
        raise LookupError

    assert not answers(running)


def test_a_taken_port_is_refused(aws: Emulator) -> None:
    with pytest.raises(PortInUse, match=f"port {aws.port} for the AWS emulator"):
        emulator(aws.port).__enter__()


def test_an_emulator_that_is_not_installed_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFault, match="run `make setup`"):
        emulator(python=tmp_path / "python").__enter__()


def test_the_log_goes_where_it_is_asked_to(tmp_path: Path) -> None:
    with emulator(log_path=tmp_path / "emulator.log") as running:
        assert running.log_path == tmp_path / "emulator.log"

    assert f"port {running.port}" in running.log_path.read_text()


def test_handlers_reach_the_twin_and_the_shared_dependencies_and_nothing_of_ours(
    tmp_path: Path,
) -> None:
    (tmp_path / "shared.py").touch()

    with emulator(twin_url="http://127.0.0.1:9", pythonpath=tmp_path) as running:
        result = a_function(running, "looks-around")()

    environment = result["environment"]
    assert result["shared"] == str(tmp_path / "shared.py")
    assert environment["AWS_ENDPOINT_URL"] == running.endpoint_url
    assert environment["AWS_ENDPOINT_URL_SESV2"] == "http://127.0.0.1:9"
    assert environment["AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2"] == "http://127.0.0.1:9"
    assert environment["AWS_ENDPOINT_URL_FIREHOSE"] == "http://127.0.0.1:9"
    assert "PYTEST_CURRENT_TEST" not in environment


def test_a_worker_survives_an_exception_of_its_handler_but_not_a_timeout(tmp_path: Path) -> None:
    (tmp_path / "shared.py").touch()

    with emulator(pythonpath=tmp_path) as running:
        invoke = a_function(running, "fails", timeout_seconds=1)
        first = invoke()["pid"]
        failure = invoke(fails=True)
        after_failure = invoke()["pid"]
        timeout = invoke(seconds=5)
        after_timeout = invoke()["pid"]

    assert failure["errorMessage"] == "on purpose"
    assert after_failure == first
    assert "timed out" in timeout["errorMessage"]
    assert after_timeout != first


def test_neither_new_code_nor_a_worker_that_dies_ends_what_others_are_doing(tmp_path: Path) -> None:
    (tmp_path / "shared.py").touch()

    with (
        emulator(pythonpath=tmp_path) as running,
        ThreadPoolExecutor(2) as pool,
    ):
        invoke = a_function(running, "busy", timeout_seconds=20)
        client = boto3.client("lambda", **client_options(running.endpoint_url))
        warm = invoke()["pid"]
        slow = pool.submit(invoke, seconds=2)
        time.sleep(0.5)
        died = invoke(dies=True)
        client.update_function_configuration(FunctionName="busy", Timeout=19)
        new = invoke()["pid"]

        assert warm == slow.result()["pid"]
        assert "errorMessage" in died
        assert new != warm
        assert ended(warm)


def ended(process_id: int) -> bool:
    """Return whether a process ends within five seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def a_queue(aws: Emulator, name: str) -> tuple[str, str]:
    sqs = boto3.client("sqs", **client_options(aws.endpoint_url))
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, attributes["Attributes"]["QueueArn"]


def route(aws: Emulator, name: str, pattern: dict[str, Any], queue_arn: str) -> None:
    events = boto3.client("events", **client_options(aws.endpoint_url))
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}])


def received(aws: Emulator, queue_url: str) -> list[dict[str, Any]]:
    sqs = boto3.client("sqs", **client_options(aws.endpoint_url))
    answer = sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=5, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def test_events_of_the_providers_are_routed_by_rules(aws: Emulator) -> None:
    queue_url, queue_arn = a_queue(aws, "provider-events")
    route(aws, "provider-events", {"source": ["aws.ses"]}, queue_arn)
    events = boto3.client("events", **client_options(aws.endpoint_url))

    answer = events.put_events(
        Entries=[{"Source": "aws.ses", "DetailType": "Email Sent", "Detail": '{"mail": {}}'}]
    )

    assert answer["FailedEntryCount"] == 0
    (event,) = received(aws, queue_url)
    assert event["detail-type"] == "Email Sent"
    assert event["detail"] == {"mail": {}}


def test_a_new_object_in_the_archive_is_announced(aws: Emulator) -> None:
    queue_url, queue_arn = a_queue(aws, "objects")
    created = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
    route(aws, "objects", {**created, "detail": {"bucket": {"name": ["the-archive"]}}}, queue_arn)
    s3 = boto3.client("s3", **client_options(aws.endpoint_url))
    s3.create_bucket(Bucket="the-archive")
    s3.put_bucket_notification_configuration(
        Bucket="the-archive", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )

    s3.put_object(Bucket="the-archive", Key="ses/one.gz", Body=gzip.compress(b"{}\n"))

    (event,) = received(aws, queue_url)
    assert event["detail"]["object"]["key"] == "ses/one.gz"


def test_the_launcher_refuses_another_version_of_the_emulator(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import emulator_launcher as launcher; "
        "launcher.PINNED = '0.0.0'; launcher.check_what_is_corrected()"
    )
    launcher = Path(sys.modules[emulator.__module__].__file__ or "").parent
    python = Path(sys.prefix, "emulator", "bin", "python")

    done = subprocess.run(  # noqa: S603 - our own script
        [python, "-c", script, launcher], capture_output=True, cwd=tmp_path, check=False
    )

    assert done.returncode == 1
    assert b"0.0.0 is expected; changed: nothing. Run `make setup`." in done.stderr
