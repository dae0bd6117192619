"""The metrics that a stage's alarms and dashboard are made of, as a template names them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.infra.cloudformation import Template


@dataclass(frozen=True, slots=True)
class Shown:
    """A metric, with its dimensions by their names."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    @property
    def dimension_names(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.dimensions)

    @property
    def service(self) -> str:
        """The function that writes it, if it is ours."""
        return dict(self.dimensions)["service"]


def dashboard(template: Template) -> dict[str, Any]:
    """Return the body of the stage's dashboard; a resource's attribute is its name in brackets."""
    [found] = template.of_type("AWS::CloudWatch::Dashboard").values()
    separator, parts = found["DashboardBody"]["Fn::Join"]
    body: dict[str, Any] = json.loads(separator.join(map(_text, parts)))
    return body


def graphs(template: Template) -> dict[str, Mapping[str, Any]]:
    """Return the properties of the dashboard's graphs, by their titles."""
    return {
        widget["properties"]["title"]: widget["properties"]
        for widget in dashboard(template)["widgets"]
        if widget["type"] == "metric"
    }


def on_dashboard(template: Template) -> Iterator[Shown]:
    """Yield every metric of a graph."""
    for graph in graphs(template).values():
        for metric in graph["metrics"]:
            if isinstance(metric[0], str):  # the others are expressions over these
                namespace, name, *rest = [part for part in metric if isinstance(part, str)]
                yield Shown(namespace, name, tuple(zip(rest[::2], rest[1::2], strict=True)))


def in_alarms(template: Template) -> Iterator[Shown]:
    """Yield every metric of an alarm."""
    for alarm in template.of_type("AWS::CloudWatch::Alarm").values():
        dimensions = tuple(
            (one["Name"], _text(one["Value"])) for one in alarm.get("Dimensions", [])
        )
        yield Shown(alarm["Namespace"], alarm["MetricName"], dimensions)


def _text(part: object) -> str:
    return part if isinstance(part, str) else f"[{'.'.join(map(str, _leaves(part)))}]"


def _leaves(part: object) -> Iterator[object]:
    if isinstance(part, Mapping):
        for value in part.values():
            yield from _leaves(value)
    elif isinstance(part, list):
        for value in part:
            yield from _leaves(value)
    else:
        yield part
