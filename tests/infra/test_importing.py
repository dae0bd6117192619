"""A stage that reads lists from another bucket too."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.config import InvalidConfiguration, StageConfig
from infra.synth import synthesize
from tests.infra.cloudformation import Template, as_list

OTHERS = "s3://lists-of-others/campaigns/"
STAGES: dict[str, dict[str, object]] = {
    "dev": {
        "email_from": "a@shop.test",
        "report_recipients": ["a@shop.test"],
        "text_origination_identity": "arn:aws:sms-voice:us-east-1:111122223333:pool/pool-1",
    }
}


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The template of dev with the other bucket; cdk-nag has accepted it, or it would not be."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MT_IMPORT_SOURCES", OTHERS)
        environment.setenv("MT_DEFAULT_AUDIENCE", "everyone")
        out = synthesize("dev", tmp_path_factory.mktemp("reading") / "out", bundle="false")
    return Template(json.loads(Path(out, "MessageTracker.template.json").read_text()))


def read_by(template: Template, role: str) -> list[Any]:
    """Return the objects that a function may read, as CloudFormation writes them."""
    policies = [
        policy["PolicyDocument"]["Statement"]
        for policy in template.of_type("AWS::IAM::Policy").values()
        if any(role in str(attached) for attached in policy["Roles"])
    ]
    return [
        resource
        for statements in policies
        for statement in statements
        if "s3:GetObject" in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]


@pytest.mark.parametrize("role", ["ApiRole", "ImporterRole"])
def test_lists_are_read_below_their_places_and_nowhere_else(reading: Template, role: str) -> None:
    objects = [
        one for one in map(str, read_by(reading, role)) if "/" in one and "/reports/*" not in one
    ]

    assert len(objects) == 2
    assert any("ArchiveBucket" in one and "/imports/*" in one for one in objects)
    assert any(":s3:::lists-of-others/campaigns/*" in one for one in objects)


def test_the_api_knows_the_places_and_the_default_audience(reading: Template) -> None:
    variables = reading.variables("api")

    assert OTHERS in str(variables["MT_IMPORT_SOURCES"])
    assert variables["MT_DEFAULT_AUDIENCE"] == "everyone"


@pytest.mark.parametrize("url", ["https://bucket/imports/", "s3://bucket", "s3://bucket/part*/"])
def test_a_place_is_the_url_of_a_folder_in_s3(url: str) -> None:
    stages = {"dev": {**STAGES["dev"], "import_sources": [url]}}

    with pytest.raises(InvalidConfiguration, match="import_sources"):
        StageConfig.read("dev", stages, None)
