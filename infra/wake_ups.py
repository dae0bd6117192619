"""A function that a queue wakes."""

from aws_cdk import Duration
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs

from infra.functions import TrackerFunction


def wake(
    function: TrackerFunction,
    queue: sqs.IQueue,
    *,
    batch_size: int,
    concurrency: int,
    batching: Duration | None = None,
) -> None:
    """Let `queue` invoke `function`; of a batch, only the messages that failed come again.

    Args:
        function: to invoke.
        queue: whose messages it is given.
        batch_size: the most messages of one invocation.
        concurrency: how many invocations by this queue there may be at a time, at least two.
        batching: how long the first of a batch may wait for others.
    """
    function.add_event_source(
        sources.SqsEventSource(
            queue,
            batch_size=batch_size,
            max_batching_window=batching,
            max_concurrency=concurrency,
            report_batch_item_failures=True,
        )
    )
