"""`python -m infra.deploy --stage prod`: bring a stage to the AWS account of your credentials."""

import argparse
import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.config import LOCAL, ROOT, InvalidConfiguration, StageConfig
from infra.next_steps import next_steps
from infra.standing import standing
from infra.synth import CDK_JSON, SynthesisFailed, stage_config, synthesize

# Exactly this one: the registry's "latest" is a stray release that reads older assemblies only.
CDK_CLI = "aws-cdk@2.1148.1"
_OUT = ROOT / "cdk.out"


class DeploymentFailed(RuntimeError):
    """A step failed; the message says which, and what to do."""


def deploy(stage: str, *, approved: bool) -> Mapping[str, str]:
    """Deploy `stage` and return the stack's outputs.

    Args:
        stage: a stage of cdk.json, not the local one.
        approved: do not ask before permissions are widened.

    Raises:
        InvalidConfiguration: the stage's configuration cannot be used, or holds examples.
        SynthesisFailed: the app failed.
        DeploymentFailed: a step failed.
    """
    config = deployable_config(stage)
    assembly = synthesize(stage, _OUT)
    _cdk("bootstrap", assembly)
    outputs = ROOT / "build" / f"{config.name}-outputs.json"
    approval = ["--require-approval", "never"] if approved else []
    _cdk("deploy", assembly, "--outputs-file", str(outputs), *approval)
    found: dict[str, str] = json.loads(outputs.read_text())[config.name]
    return found


def destroy(stage: str, *, approved: bool) -> None:
    """Remove `stage`, all but what holds data: the archive, the limiter's table, the database.

    Args:
        stage: a stage of cdk.json, not the local one.
        approved: do not ask first.

    Raises:
        InvalidConfiguration: the stage's configuration cannot be used.
        SynthesisFailed: the app failed.
        DeploymentFailed: the CDK CLI failed.
    """
    deployable_config(stage)
    _cdk("destroy", synthesize(stage, _OUT), *(["--force"] if approved else []))


def deployable_config(stage: str) -> StageConfig:
    """Return the configuration of a stage that can be deployed to AWS.

    Raises:
        InvalidConfiguration: it is the local stage, cannot be used, or still holds examples.
    """
    if stage == LOCAL:
        raise InvalidConfiguration("the local stage runs on this machine: `make up`")
    config = stage_config({**json.loads(CDK_JSON.read_text())["context"], "stage": stage})
    if examples := config.examples():
        variables = "\n".join(f"  {field}: MT_{field.upper()}" for field in examples)
        raise InvalidConfiguration(
            f"stage {stage!r} still holds the examples of cdk.json. Set your own there under "
            f"context.stages.{stage}, or in .env:\n{variables}"
        )
    return config


def _cdk(command: str, assembly: Path, *arguments: str) -> None:
    npx = shutil.which("npx")
    if npx is None:
        raise DeploymentFailed(
            "deploying needs npx, which comes with Node.js (https://nodejs.org): install it"
        )
    cli = [npx, "--yes", CDK_CLI, command, "--app", str(assembly), *arguments]
    if subprocess.run(cli, cwd=ROOT, check=False).returncode:  # noqa: S603 - our own fixed command
        raise DeploymentFailed(f"cdk {command} failed: its own message stands above")


def main() -> int:
    """Deploy a stage, or remove it."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=main.__doc__)
    parser.add_argument("--stage", required=True, help="a stage of cdk.json")
    parser.add_argument("--destroy", action="store_true", help="remove it; data stays")
    parser.add_argument("--yes", action="store_true", help="do not ask for approval (for CI)")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        if arguments.destroy:
            destroy(arguments.stage, approved=arguments.yes)
        else:
            outputs = deploy(arguments.stage, approved=arguments.yes)
            config = deployable_config(arguments.stage)
            print(next_steps(config, outputs, standing(config)))  # noqa: T201 - for a person
    except (InvalidConfiguration, SynthesisFailed, DeploymentFailed) as error:
        print(error, file=sys.stderr)  # noqa: T201 - for a person
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
