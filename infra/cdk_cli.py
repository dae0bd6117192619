"""The CDK CLI: exactly one version, run by npx, on a cloud assembly that is there already."""

import shutil
import subprocess
from pathlib import Path

from infra.config import ROOT

# Exactly this one: the registry's "latest" is a stray release that reads older assemblies only.
CDK_CLI = "aws-cdk@2.1148.1"


class DeploymentFailed(RuntimeError):
    """A step failed; the message says which, and what to do."""


def cdk(command: str, assembly: Path, *arguments: str) -> None:
    """Run one command of the CLI on `assembly`, in the AWS account that the environment names.

    Args:
        command: `bootstrap`, `deploy` or `destroy`.
        assembly: the folder that was synthesized.
        arguments: what the command takes beside it.

    Raises:
        DeploymentFailed: there is no npx, or the command failed.
    """
    npx = shutil.which("npx")
    if npx is None:
        raise DeploymentFailed(
            "deploying needs npx, which comes with Node.js (https://nodejs.org): install it"
        )
    line = [npx, "--yes", CDK_CLI, command, "--app", str(assembly), *arguments]
    if subprocess.run(line, cwd=ROOT, check=False).returncode:  # noqa: S603 - our own
        raise DeploymentFailed(f"cdk {command} failed: its own message stands above")
