"""`python -m infra.deploy --stage prod`: bring a stage to the AWS account of your credentials."""

import argparse
import json
import logging
import sys
from collections.abc import Mapping

from infra.cdk_cli import DeploymentFailed, cdk
from infra.config import LOCAL, ROOT, InvalidConfiguration, StageConfig
from infra.next_steps import next_steps
from infra.standing import standing
from infra.synth import CDK_JSON, SynthesisFailed, stage_config, synthesize

_OUT = ROOT / "cdk.out"


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
    cdk("bootstrap", assembly)
    outputs = ROOT / "build" / f"{config.name}-outputs.json"
    approval = ["--require-approval", "never"] if approved else []
    cdk("deploy", assembly, "--outputs-file", str(outputs), *approval)
    found: dict[str, str] = json.loads(outputs.read_text())[config.name]
    return found


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


def main() -> int:
    """Deploy a stage, and say what comes next."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=main.__doc__)
    parser.add_argument("--stage", required=True, help="a stage of cdk.json")
    parser.add_argument("--yes", action="store_true", help="do not ask for approval (for CI)")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        outputs = deploy(arguments.stage, approved=arguments.yes)
        config = deployable_config(arguments.stage)
    except (InvalidConfiguration, SynthesisFailed, DeploymentFailed) as error:
        print(error, file=sys.stderr)  # noqa: T201 - for a person
        return 1
    print(next_steps(config, outputs, standing(config)))  # noqa: T201 - for a person
    return 0


if __name__ == "__main__":
    sys.exit(main())
