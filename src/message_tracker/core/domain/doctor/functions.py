"""The functions, and the event source mappings by which queues wake them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import Field

from message_tracker.core.domain.doctor.finding import AwsCall, Finding, Severity, Shell, verdict
from message_tracker.core.domain.doctor.observed import Observed

_LAMBDA: Final = "lambda"
_PARTIAL: Final = "ReportBatchItemFailures"


class Scaling(Observed):
    """How many invocations a mapping makes at a time."""

    maximum_concurrency: int | None = None


class Mapping(Observed):
    """One mapping of Lambda ListEventSourceMappings."""

    uuid: str = Field(alias="UUID")
    event_source_arn: str = ""
    state: str = ""
    function_response_types: tuple[str, ...] = ()
    scaling_config: Scaling = Scaling()


class Function(Observed):
    """Lambda GetFunctionConfiguration and GetFunctionConcurrency."""

    function_name: str
    state: str = "Active"
    last_update_status: str = "Successful"
    reserved: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A queue that a function reads, and how many of it may at a time; None for any number."""

    queue: str
    arn: str
    concurrency: int | None = None


def judge_function(function: Function, stage: str) -> Iterator[Finding]:
    """Judge whether a function can run."""
    subject = f"function {function.function_name}"
    is_well = function.state != "Failed" and function.last_update_status != "Failed"
    yield verdict(
        subject,
        holds=is_well,
        says="runs",
        otherwise=f"it is {function.state}, its last update {function.last_update_status}",
        fix=Shell(f"make deploy STAGE={stage}"),
    )
    if function.reserved == 0:
        yield Finding(
            Severity.FAIL,
            subject,
            "its reserved concurrency is 0: it is switched off",
            AwsCall(_LAMBDA, "DeleteFunctionConcurrency", {"FunctionName": function.function_name}),
        )


def missing_function(name: str, stage: str) -> Finding:
    """Return what to do where a function is not there."""
    says = "it does not exist"
    return Finding(Severity.FAIL, f"function {name}", says, Shell(f"make deploy STAGE={stage}"))


def judge_mappings(
    mappings: Sequence[Mapping], sources: Sequence[Source], function: str
) -> Iterator[Finding]:
    """Judge whether each queue wakes its function, as it should.

    Args:
        mappings: the function's.
        sources: the queues it should read.
        function: its name.
    """
    for source in sources:
        found = [one for one in mappings if one.event_source_arn == source.arn]
        # A second mapping of the same queue cannot be made, so the first is the only one.
        yield _judge_mapping(found[0], source) if found else _unmapped(source, function)


def _judge_mapping(mapping: Mapping, source: Source) -> Finding:
    subject = f"mapping of queue {source.queue}"
    faults: list[str] = []
    change: dict[str, object] = {"UUID": mapping.uuid}
    if mapping.state not in ("Enabled", "Enabling", "Updating", "Creating"):
        faults.append(f"it is {mapping.state}: nothing is read")
        change["Enabled"] = True
    if _PARTIAL not in mapping.function_response_types:
        faults.append("one failure makes the whole batch fail")
        change["FunctionResponseTypes"] = [_PARTIAL]
    if _exceeds(mapping.scaling_config.maximum_concurrency, source.concurrency):
        limit = mapping.scaling_config.maximum_concurrency or "no limit"
        faults.append(f"{limit} invocations at a time instead of {source.concurrency}")
        change["ScalingConfig"] = {"MaximumConcurrency": source.concurrency}
    return verdict(
        subject,
        holds=not faults,
        says=f"on, {mapping.scaling_config.maximum_concurrency or 'any number'} at a time",
        otherwise="; ".join(faults),
        fix=AwsCall(_LAMBDA, "UpdateEventSourceMapping", change),
    )


def _exceeds(actual: int | None, wanted: int | None) -> bool:
    return wanted is not None and (actual is None or actual > wanted)


def _unmapped(source: Source, function: str) -> Finding:
    scaling = (
        {"ScalingConfig": {"MaximumConcurrency": source.concurrency}} if source.concurrency else {}
    )
    return Finding(
        Severity.FAIL,
        f"mapping of queue {source.queue}",
        f"nothing reads it: {function} is not mapped to it",
        AwsCall(
            _LAMBDA,
            "CreateEventSourceMapping",
            {
                "FunctionName": function,
                "EventSourceArn": source.arn,
                "FunctionResponseTypes": [_PARTIAL],
                **scaling,
            },
        ),
    )
