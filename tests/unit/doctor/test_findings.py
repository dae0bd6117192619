"""A command as a person types it, and what decides of several findings."""

import shlex

import pytest

from message_tracker.core.domain.doctor.check import Check, Unread
from message_tracker.core.domain.doctor.finding import AwsCall, Finding, Severity, worst


@pytest.mark.parametrize(
    ("call", "command"),
    [
        (AwsCall("events", "EnableRule", {"Name": "r"}), "aws events enable-rule --name r"),
        (
            AwsCall("lambda", "UpdateEventSourceMapping", {"UUID": "1", "Enabled": True}),
            "aws lambda update-event-source-mapping --uuid 1 --enabled",
        ),
        (
            AwsCall("sesv2", "PutAccountSendingAttributes", {"SendingEnabled": False}),
            "aws sesv2 put-account-sending-attributes --no-sending-enabled",
        ),
        (
            AwsCall("x", "Do", {"MatchingEventTypes": ["A", "B C"]}),
            "aws x do --matching-event-types A 'B C'",
        ),
        (
            AwsCall("s3", "PutBucketNotificationConfiguration", {"Bucket": "b"}),
            "aws s3api put-bucket-notification-configuration --bucket b",
        ),
    ],
)
def test_a_call_is_spelled_as_the_aws_cli_takes_it(call: AwsCall, command: str) -> None:
    assert command == call.text


def test_a_structure_is_one_word_of_json() -> None:
    call = AwsCall("lambda", "Do", {"ScalingConfig": {"MaximumConcurrency": 2}})

    assert ["--scaling-config", '{"MaximumConcurrency": 2}'] == shlex.split(call.text)[3:]


@pytest.mark.parametrize(
    ("severities", "decided"),
    [
        ([], Severity.PASS),
        ([Severity.PASS, Severity.UNKNOWN], Severity.UNKNOWN),
        ([Severity.WARN, Severity.UNKNOWN], Severity.WARN),
        ([Severity.FAIL, Severity.WARN, Severity.PASS], Severity.FAIL),
    ],
)
def test_the_worst_finding_decides(severities: list[Severity], decided: Severity) -> None:
    assert decided is worst(Finding(one, "a", "b") for one in severities)


def test_what_cannot_be_read_is_unknown() -> None:
    check: Check[int] = Check("thing", lambda: Unread("no permission"), lambda _: [])

    assert [Finding(Severity.UNKNOWN, "thing", "no permission")] == check.run()


def test_what_does_not_exist_is_what_the_check_says_of_it() -> None:
    missing = Finding(Severity.FAIL, "thing", "it is not there")
    check: Check[int] = Check("thing", lambda: None, lambda _: [], missing)

    assert [missing] == check.run()


def test_what_does_not_exist_and_need_not_is_unknown() -> None:
    check: Check[int] = Check("thing", lambda: None, lambda _: [])

    assert [Severity.UNKNOWN] == [one.severity for one in check.run()]
