"""A synthesized CloudFormation template, as the tests look at it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.config import ROOT
from infra.synth import synthesize


@dataclass(frozen=True, slots=True)
class Template:
    """The resources and outputs of one stage."""

    body: Mapping[str, Any]

    def of_type(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """Return the properties of every resource of a type, by logical id."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.body["Resources"].items()
            if resource["Type"] == resource_type
        }

    def function(self, name: str) -> dict[str, Any]:
        """Return the function whose name ends with `name`."""
        (found,) = [
            properties
            for properties in self.of_type("AWS::Lambda::Function").values()
            if properties["FunctionName"].endswith(f"-{name}")
        ]
        return found

    def variables(self, name: str) -> dict[str, Any]:
        """Return our own variables in a function's environment."""
        environment = self.function(name)["Environment"]["Variables"]
        return {key: value for key, value in environment.items() if key.startswith("MT_")}

    def queue(self, name: str) -> tuple[str, dict[str, Any]]:
        """Return the logical id and the properties of the queue whose name ends with `name`."""
        (found,) = [
            (logical_id, properties)
            for logical_id, properties in self.of_type("AWS::SQS::Queue").items()
            if re.fullmatch(rf"message-tracker-[a-z0-9]+-{name}", properties["QueueName"])
        ]
        return found

    def sources_of(self, queue_id: str) -> list[dict[str, Any]]:
        """Return the event source mappings that read a queue."""
        return [
            properties
            for properties in self.of_type("AWS::Lambda::EventSourceMapping").values()
            if properties["EventSourceArn"] == {"Fn::GetAtt": [queue_id, "Arn"]}
        ]

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each statement of an identity's policy, with the policy's logical id."""
        for logical_id, policy in self.of_type("AWS::IAM::Policy").items():
            for statement in policy["PolicyDocument"]["Statement"]:
                yield logical_id, statement


def template_of(stage: str) -> Template:
    """Return the template of a stage of cdk.json alone, without the functions' code."""
    out = synthesize(stage, ROOT / "build" / f"tested-{stage}", bundle="false", overrides="false")
    return Template(json.loads(Path(out, "MessageTracker.template.json").read_text()))


def as_list(value: object) -> list[Any]:
    """Return what CloudFormation lets stand alone or in a list as a list."""
    return value if isinstance(value, list) else [value]
