"""What each function pays at a cold start, over boto3 and one client of it.

Every start is a process of its own that has nothing but the asset, compiled ahead, and boto3: it
imports the handler's module as Lambda does, which also makes the service and its clients. The floor
imports boto3 and makes the client of SQS. All take turns in every round.
"""

import json
from pathlib import Path
from statistics import median

from benchmarks.figures import report
from infra.host_runtime import HostRuntime

_PROGRAM = Path(__file__).with_name("started.py")
_FLOOR = "boto3 and one client"
FUNCTIONS = {
    "sender": "sender",
    "event_processor": "event_processor",
    "failed_message_reporter": "failed_message_reporter",
    "api": "api",
    "webhook_dispatcher": "webhook_dispatcher",
    "sweeper": "sender.sweeper",
    "importer": "api.importer",
    "inventory": "event_processor.inventory",
    "retention": "event_processor.retention",
    "alerts": "failed_message_reporter.alerts",
    "bookkeeper": "failed_message_reporter.bookkeeper",
    "dead_letters": "failed_message_reporter.dead_letters",
    "analytics": "failed_message_reporter.analytics",
    "canary": "failed_message_reporter.canary",
    "migrator": "migrator",
}
# All that any function must be told; each reads what it knows.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "coldstart",
    "MT_STAGE": "bench",
    "MT_DATABASE_SECRET_ARN": "arn:database",
    "MT_WEBHOOK_KEY_SECRET_ARN": "arn:webhooks",
    "MT_SIGNING_KEYS_SECRET_ARN": "arn:keys",
    "MT_API_URL": "https://api.example.com",
    "MT_CANARY_SECRET_ARN": "arn:canary",
    "MT_PUBLIC_URL": "https://example.com",
    "MT_EMAIL_QUEUE_URL": "https://queues.example.com/email",
    "MT_EMAIL_BULK_QUEUE_URL": "https://queues.example.com/email-bulk",
    "MT_TEXT_QUEUE_URL": "https://queues.example.com/text",
    "MT_TEXT_BULK_QUEUE_URL": "https://queues.example.com/text-bulk",
    "MT_IMPORT_QUEUE_URL": "https://queues.example.com/imports",
    "MT_EVENT_QUEUE_URL": "https://queues.example.com/events",
    "MT_WEBHOOK_QUEUE_URL": "https://queues.example.com/webhooks",
    "MT_SNS_TOPIC_ARNS": "arn:aws:sns:us-east-1:123456789012:events",
    "MT_ARCHIVE_BUCKET": "archive",
    "MT_EVENT_PREFIXES": "email/,text/",
    "MT_REPORT_BUCKET": "reports",
    "MT_LIMITER_TABLE": "limiter",
    "MT_EMAIL_FROM": "Reports <reports@example.com>",
    "MT_EMAIL_CONFIGURATION_SET": "emails",
    "MT_TEXT_ORIGINATION_IDENTITY": "+12065550100",
    "MT_TEXT_CONFIGURATION_SET": "texts",
    "MT_REPORT_FROM": "Reports <reports@example.com>",
    "MT_REPORT_RECIPIENTS": "team@example.com",
    "MT_REPORT_CONFIGURATION_SET": "emails",
}


def run(*, quick: bool) -> dict[str, object]:
    """Measure, and return the report: milliseconds per start, and ratios of CPU to the floor."""
    rounds = 3 if quick else 11
    runtime = HostRuntime()
    programs = {
        _FLOOR: ["boto3", "sqs"],
        **{name: [f"message_tracker.{package}.handler"] for name, package in FUNCTIONS.items()},
    }
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, arguments in programs.items():
            taken[name].append(_start(runtime, arguments))
    figures = {name: _medians(starts) for name, starts in taken.items()}
    floor = figures[_FLOOR]["cpu_ms"]
    return report(
        "coldstart",
        conditions={"rounds": rounds, "floor": _FLOOR},
        figures=figures,
        ratios={name: figures[name]["cpu_ms"] / floor for name in FUNCTIONS},
    )


def _start(runtime: HostRuntime, arguments: list[str]) -> dict[str, float]:
    done = runtime.run(_PROGRAM, arguments, ENVIRONMENT)
    if done.returncode:
        raise RuntimeError(f"{arguments} did not start:\n{done.stderr}")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _medians(starts: list[dict[str, float]]) -> dict[str, float]:
    return {
        "cpu_ms": round(median(start["cpu"] for start in starts) * 1000, 1),
        "clock_ms": round(median(start["clock"] for start in starts) * 1000, 1),
        "modules": starts[0]["modules"],
    }
