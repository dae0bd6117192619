"""A function that runs by the clock."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs

from infra.functions import TrackerFunction

_OLDEST_START = Duration.hours(1)
_RETRIES = 3
_RETRIES_OF_A_RUN = 2  # Lambda's own, of an asynchronous invocation


def run_every_minute(function: TrackerFunction) -> None:
    """Run `function` each minute; a run that fails is not repeated, the next one does its work."""
    _run_often(function, "EveryMinute", 1)


def run_every_five_minutes(function: TrackerFunction) -> None:
    """Run `function` every five minutes; what a run fails at, the next one does."""
    _run_often(function, "EveryFiveMinutes", 5)


def run_every_so_often(function: TrackerFunction, minutes: int) -> None:
    """Run `function` every so many minutes; a run that fails is not repeated."""
    _run_often(function, "EverySoOften", minutes)


def _run_often(function: TrackerFunction, schedule_id: str, minutes: int) -> None:
    """A start that is later than the next run, or than an hour, is none."""
    most = Duration.minutes(min(minutes, _OLDEST_START.to_minutes()))
    function.configure_async_invoke(retry_attempts=0, max_event_age=most)
    scheduler.Schedule(
        function,
        schedule_id,
        schedule=scheduler.ScheduleExpression.rate(Duration.minutes(minutes)),
        target=targets.LambdaInvoke(function, retry_attempts=0, max_event_age=most),
    )


def run_every_hour(function: TrackerFunction) -> None:
    """Run `function` each hour; a run that fails is not repeated, the next one does its work."""
    scheduler.Schedule(
        function,
        "EveryHour",
        schedule=scheduler.ScheduleExpression.rate(Duration.hours(1)),
        target=targets.LambdaInvoke(function, retry_attempts=0, max_event_age=_OLDEST_START),
    )


def run_every_day(function: TrackerFunction, payload: Mapping[str, object] | None = None) -> None:
    """Run `function` each day; what no retry of a run came to, the next day's does.

    Args:
        function: to run.
        payload: the event that it is given; an empty one without.
    """
    function.configure_async_invoke(retry_attempts=_RETRIES_OF_A_RUN, max_event_age=_OLDEST_START)
    scheduler.Schedule(
        function,
        "EveryDay",
        schedule=scheduler.ScheduleExpression.rate(Duration.days(1)),
        target=targets.LambdaInvoke(
            function,
            input=scheduler.ScheduleTargetInput.from_object(payload) if payload else None,
            retry_attempts=_RETRIES,
            max_event_age=_OLDEST_START,
        ),
    )


def run_on_schedule(
    function: TrackerFunction, expression: scheduler.ScheduleExpression, missed: sqs.IQueue
) -> None:
    """Run `function` by `expression`; a run that could not be made leaves a letter in `missed`."""
    function.configure_async_invoke(
        retry_attempts=_RETRIES_OF_A_RUN,
        max_event_age=_OLDEST_START,
        on_failure=destinations.SqsDestination(missed),
    )
    scheduler.Schedule(
        function,
        "Schedule",
        schedule=expression,
        target=targets.LambdaInvoke(
            function,
            retry_attempts=_RETRIES,
            max_event_age=_OLDEST_START,
            dead_letter_queue=missed,
        ),
    )
