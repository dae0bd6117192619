"""Deploy a synthesized CDK cloud assembly to the emulator, in a second instead of sixteen.

Does what `cdk deploy` does to an account (publish the assets, create or update each stack from its
template), by boto3 alone: no Node, no bootstrap stack, no polling in steps of seconds. The
assembly's format is the "cloud assembly schema" (`manifest.json`, `*.assets.json`).
"""

import io
import json
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

from message_tracker.core.domain.errors import ConfigurationFault, PermanentError
from message_tracker.local.clients import ACCOUNT, REGION, client_options

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackTypeDef
    from types_boto3_s3 import S3Client

_BOOTSTRAP_VERSION: Final = ("/cdk-bootstrap/hnb659fds/version", "30")
_DEPLOY_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 0.05
_CAPABILITIES: Final = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


class DeployFailed(PermanentError):
    """A stack did not come up; the message names the resource and its reason."""


@dataclass(frozen=True, slots=True)
class _Stack:
    name: str
    template: Path
    assets: Path


def deploy(cdk_out: Path, endpoint_url: str) -> Mapping[str, str]:
    """Deploy every stack of the assembly in `cdk_out`; return all their outputs by output key.

    Raises:
        ConfigurationFault: `cdk_out` holds no assembly.
        DeployFailed: a stack was refused or a resource failed.
    """
    stacks = _stacks(cdk_out)
    options = client_options(endpoint_url)
    s3 = boto3.client("s3", **options)
    cloudformation = boto3.client("cloudformation", **options)
    name, value = _BOOTSTRAP_VERSION
    boto3.client("ssm", **options).put_parameter(
        Name=name, Value=value, Type="String", Overwrite=True
    )
    outputs: dict[str, str] = {}
    for stack in stacks:
        template_url = _publish_assets(stack, s3, endpoint_url)
        outputs |= _deploy_stack(cloudformation, stack.name, template_url)
    return outputs


def _stacks(cdk_out: Path) -> Sequence[_Stack]:
    """Return the stacks of the assembly, each after those it depends on."""
    manifest = cdk_out / "manifest.json"
    if not manifest.exists():
        raise ConfigurationFault(f"no cloud assembly in {cdk_out}: run `make synth STAGE=local`")
    artifacts: dict[str, Any] = json.loads(manifest.read_text())["artifacts"]
    return [
        _Stack(
            name=artifacts[key].get("properties", {}).get("stackName", key),
            template=cdk_out / artifacts[key]["properties"]["templateFile"],
            assets=cdk_out / f"{key}.assets.json",
        )
        for key in _dependencies_first(artifacts)
        if artifacts[key]["type"] == "aws:cloudformation:stack"
    ]


def _dependencies_first(artifacts: Mapping[str, Any]) -> list[str]:
    ordered: dict[str, None] = {}

    def visit(key: str) -> None:
        for dependency in artifacts[key].get("dependencies", ()):
            visit(dependency)
        ordered.setdefault(key)

    for key in artifacts:
        visit(key)
    return list(ordered)


def _publish_assets(stack: _Stack, s3: "S3Client", endpoint_url: str) -> str:
    """Put the stack's assets into the bootstrap bucket; return the URL of its template."""
    template_url = ""
    files: dict[str, Any] = json.loads(stack.assets.read_text())["files"]
    for asset in files.values():
        source = stack.assets.parent / asset["source"]["path"]
        for destination in asset["destinations"].values():
            bucket = _resolve(destination["bucketName"])
            key = _resolve(destination["objectKey"])
            s3.create_bucket(Bucket=bucket)
            s3.put_object(Bucket=bucket, Key=key, Body=_packaged(source))
            if source == stack.template:
                template_url = f"{endpoint_url}/{bucket}/{key}"
    if not template_url:
        raise ConfigurationFault(f"{stack.assets} does not list the template {stack.template.name}")
    return template_url


def _resolve(text: str) -> str:
    """Fill in the pseudo parameters that asset destinations are written with."""
    return text.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)


def _packaged(source: Path) -> bytes:
    """Return a file as it is, a folder zipped."""
    if source.is_file():
        return source.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(source.rglob("*")):
            archive.write(path, path.relative_to(source))
    return buffer.getvalue()


def _deploy_stack(
    cloudformation: "CloudFormationClient", name: str, template_url: str
) -> dict[str, str]:
    """Create or update one stack; return its outputs when it is complete."""
    try:
        if _describe(cloudformation, name) is None:
            cloudformation.create_stack(
                StackName=name, TemplateURL=template_url, Capabilities=_CAPABILITIES
            )
        else:
            cloudformation.update_stack(
                StackName=name, TemplateURL=template_url, Capabilities=_CAPABILITIES
            )
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise DeployFailed(f"stack {name}: {error.response['Error']['Message']}") from error
    outputs = _finished(cloudformation, name).get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def _describe(cloudformation: "CloudFormationClient", name: str) -> "StackTypeDef | None":
    """Return the stack, None when it does not exist."""
    try:
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _finished(cloudformation: "CloudFormationClient", name: str) -> "StackTypeDef":
    """Wait until the stack is complete, and return it."""
    deadline = time.monotonic() + _DEPLOY_SECONDS
    while time.monotonic() < deadline:
        stack = _describe(cloudformation, name)
        status = stack["StackStatus"] if stack else "DELETED"
        if stack and status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            return stack
        if not status.endswith("_IN_PROGRESS"):
            raise DeployFailed(f"stack {name} is {status}: {_reason(cloudformation, name)}")
        time.sleep(_POLL_SECONDS)
    raise DeployFailed(f"stack {name} was not complete after {_DEPLOY_SECONDS:.0f} s")


def _reason(cloudformation: "CloudFormationClient", name: str) -> str:
    """Return what the first resource that failed said."""
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    for event in reversed(events):  # newest first
        if event.get("ResourceStatus", "").endswith("_FAILED"):
            resource = f"{event['LogicalResourceId']} ({event['ResourceType']})"
            return f"{resource}: {event.get('ResourceStatusReason', 'no reason given')}"
    return "no resource reported a reason"
