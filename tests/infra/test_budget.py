"""The functions open no more connections than Postgres takes."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

import pytest

from infra.budget import check_connections
from infra.config import InvalidConfiguration
from infra.functions import TrackerFunction
from tests.infra.cloudformation import Template
from tests.infra.test_config import read


def some(**concurrency: int) -> Mapping[str, TrackerFunction]:
    """Return functions of which so many run at a time."""
    found = {name: SimpleNamespace(concurrency=most) for name, most in concurrency.items()}
    return cast("Mapping[str, TrackerFunction]", found)


def test_functions_that_fit_are_let_pass() -> None:
    check_connections(read(database="url"), some(Api=80, Sender=7))


def test_one_too_many_is_named_with_who_wants_it_and_what_to_do() -> None:
    with pytest.raises(InvalidConfiguration) as refused:
        check_connections(read(database="url"), some(Sender=8, Api=80))

    said = str(refused.value)
    assert "88 connections at a time (Api 80, Sender 8)" in said
    assert "Postgres takes 100" in said
    assert "set database_max_connections" in said
    assert "lower api_concurrency (now unset)" in said


def test_a_small_aurora_is_told_to_grow() -> None:
    with pytest.raises(InvalidConfiguration, match=r"raise database_max_capacity \(now 1\)"):
        check_connections(read(database_max_capacity=1), some(Api=500))


def test_an_event_source_never_runs_more_than_was_counted(prod: Template) -> None:
    counted = {"sender": 8, "event-processor": 5}
    for name, most in counted.items():
        (logical_id,) = (
            each
            for each, properties in prod.of_type("AWS::Lambda::Function").items()
            if properties["FunctionName"].endswith(f"-{name}")
        )
        sources = [
            properties["ScalingConfig"]["MaximumConcurrency"]
            for properties in prod.of_type("AWS::Lambda::EventSourceMapping").values()
            if properties["FunctionName"] == {"Ref": logical_id}
        ]
        assert sum(sources) == most


def test_every_event_source_is_bounded(template: Template) -> None:
    for properties in template.of_type("AWS::Lambda::EventSourceMapping").values():
        assert properties["ScalingConfig"]["MaximumConcurrency"] >= 2
