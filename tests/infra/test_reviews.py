"""cdk-nag has looked at the stack, and stops what nobody has accepted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import synth
from infra.config import ROOT
from infra.synth import SynthesisFailed, synthesize

_UNREVIEWED = """
import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from infra import reviews

app = cdk.App()
stack = cdk.Stack(app, "Stack")
sqs.Queue(stack, "Queue")
reviews.check(app)
app.synth()
"""


def test_what_nobody_accepted_stops_the_synthesis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_unreviewed(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        replaced = [sys.executable, "-c", _UNREVIEWED]
        return run(replaced, **options)  # type: ignore[call-overload, no-any-return] # passed on

    run = subprocess.run
    monkeypatch.setattr("subprocess.run", run_unreviewed)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "src")]))

    with pytest.raises(SynthesisFailed, match="AwsSolutions-SQS3"):
        synthesize("prod", tmp_path / "out", bundle="false", overrides="false")


def test_the_context_of_cdk_json_has_the_flags_that_new_apps_get() -> None:
    context = json.loads(synth.CDK_JSON.read_text())["context"]

    flags = {name: value for name, value in context.items() if name.startswith("@aws-cdk/")}

    assert flags["@aws-cdk/core:validateAgainstDefaultRules"]
    assert flags["@aws-cdk/aws-iam:minimizePolicies"]
