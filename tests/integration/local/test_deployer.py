import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.local.clients import client_options
from message_tracker.local.deployer import DeployFailed, deploy
from message_tracker.local.emulator import Emulator

BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"


def an_assembly(folder: Path, stack: str, resources: dict[str, Any]) -> Path:
    """Write a cloud assembly of one stack as CDK would, with one code asset."""
    template = {
        "Resources": resources,
        "Outputs": {"QueueUrl": {"Value": {"Ref": next(iter(resources))}}},
    }
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "h.py").write_text("def handler(event, context): return 'ran'")
    files = {
        key: {"source": {"path": path}, "destinations": {"here": {"bucketName": BUCKET} | at}}
        for key, path, at in (
            ("a", "stack.template.json", {"objectKey": f"{stack}.json"}),
            ("b", "code", {"objectKey": "code.zip"}),
        )
    }
    artifacts = {
        "stack": {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "stack.template.json", "stackName": stack},
            "dependencies": ["stack.assets"],
        },
        "stack.assets": {"type": "cdk:asset-manifest"},
    }
    (folder / "stack.template.json").write_text(json.dumps(template))
    (folder / "stack.assets.json").write_text(json.dumps({"files": files}))
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


def a_queue(**properties: object) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def a_function() -> dict[str, Any]:
    code = {"S3Bucket": {"Fn::Sub": BUCKET}, "S3Key": "code.zip"}
    properties = {
        "FunctionName": "deployed",
        "Runtime": "python3.13",
        "Handler": "h.handler",
        "Role": "arn:aws:iam::000000000000:role/any",
        "Code": code,
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def test_a_stack_is_deployed_with_its_code_and_its_outputs_are_returned(
    aws: Emulator, tmp_path: Path
) -> None:
    resources = {"Queue": a_queue(QueueName="deployed"), "Function": a_function()}
    assembly = an_assembly(tmp_path, "with-code", resources)

    outputs = deploy(assembly, aws.endpoint_url)

    client = boto3.client("lambda", **client_options(aws.endpoint_url))
    assert outputs["QueueUrl"].endswith("/deployed")
    assert client.invoke(FunctionName="deployed")["Payload"].read() == b'"ran"'


def test_deploying_again_updates_the_stack_and_without_a_change_does_nothing(
    aws: Emulator, tmp_path: Path
) -> None:
    first = deploy(an_assembly(tmp_path, "again", {"Q": a_queue(QueueName="q1")}), aws.endpoint_url)

    same = deploy(tmp_path, aws.endpoint_url)
    other = deploy(an_assembly(tmp_path, "again", {"Q": a_queue(QueueName="q2")}), aws.endpoint_url)

    assert same == first
    assert other["QueueUrl"].endswith("/q2")


def test_a_failure_names_the_resource_and_its_reason(aws: Emulator, tmp_path: Path) -> None:
    assembly = an_assembly(tmp_path, "fails", {"Q": a_queue(VisibilityTimeout=-5)})

    with pytest.raises(DeployFailed, match=r"stack fails is .*: Q \(AWS::SQS::Queue\): .*0 and"):
        deploy(assembly, aws.endpoint_url)


def test_a_template_the_emulator_refuses_says_why(aws: Emulator, tmp_path: Path) -> None:
    assembly = an_assembly(tmp_path, "refused", {"Pool": {"Type": "AWS::SMSVOICE::Pool"}})

    with pytest.raises(DeployFailed, match="AWS::SMSVOICE::Pool"):
        deploy(assembly, aws.endpoint_url)


def test_a_folder_without_an_assembly_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFault, match="run `make synth STAGE=local`"):
        deploy(tmp_path, "http://127.0.0.1:9")
