"""`make rehearse`: what a deployment does to a running system, by the CDK CLI, on the emulator.

Bootstraps and deploys the template, updates it with another release while messages flow, destroys
it. Exits 0 only if no message was lost or doubled, no function was refused anything, and what holds
data stayed until it was deleted on purpose. Needs npx, which gets the CLI from npm's registry.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from infra.cdk_cli import DeploymentFailed, cdk
from infra.destroy import remove
from message_tracker.core.caller.client import ApiClient
from message_tracker.local.clients import REGION
from message_tracker.local.rehearsal import Traffic, another_release, tally
from message_tracker.local.settings import LocalSettings
from message_tracker.local.stack import LocalStack, local_stack

STACK = "message-tracker-local"
HOLDS_DATA = ("AWS::S3::Bucket", "AWS::DynamoDB::GlobalTable", "AWS::SecretsManager::Secret")
AT_LEAST = 150  # messages on either side of the update
PATIENCE_SECONDS = 180.0


def main() -> int:
    """Rehearse it, and say what was seen."""
    faults: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch,
        local_stack(LocalSettings.from_env(), print, deploy_by_cdk) as stack,
    ):
        faults += update(stack, Path(scratch))
        faults += stack.emulator.denials()
        faults += destroy(stack)
    for fault in faults:
        print(f"FAULT: {fault}")
    print("the rehearsal failed" if faults else "the rehearsal went well")
    return 1 if faults else 0


def deploy_by_cdk(assembly: Path, url: str) -> Mapping[str, str]:
    """Deploy to the emulator at `url` as `make deploy` would to AWS; return the outputs."""
    os.environ.update(  # noqa: TID251 - for the CLI, a child
        AWS_ENDPOINT_URL=url,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",  # noqa: S106 - the emulator's root
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
    )
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):  # of a real account
        os.environ.pop(name, None)  # noqa: TID251 - for the CLI, a child
    with tempfile.TemporaryDirectory(prefix="outputs-") as scratch:
        told = Path(scratch, "outputs.json")
        cdk("bootstrap", assembly)
        cdk("deploy", assembly, "--require-approval", "never", "--outputs-file", str(told))
        outputs: dict[str, str] = json.loads(told.read_text())[STACK]
    return outputs


def update(stack: LocalStack, scratch: Path) -> list[str]:
    """Deploy another release while messages flow; return what went wrong."""
    client = ApiClient(stack.api_url, stack.api_key)
    release = another_release(stack.assembly, scratch / "assembly", "next")
    keep_data(release)
    with Traffic(client.post, "rehearsal") as traffic:
        wait_for_messages(traffic, AT_LEAST)
        before = len(traffic.message_ids)
        deploy_by_cdk(release, stack.emulator.endpoint_url)
        during = len(traffic.message_ids) - before
        wait_for_messages(traffic, before + during + AT_LEAST)
        title = client.get("/openapi.json")["info"]["title"]
    found = tally(traffic, client.get, stack.twin, within_seconds=PATIENCE_SECONDS)
    print(f"updated to {title!r}: {before} messages before, {during} meanwhile; {found}")
    print(f"requests posted again with the same Idempotency-Key: {traffic.repeated}")
    faults = [] if found.is_exact else [f"messages were lost or doubled: {found}"]
    return [*faults, *([] if title.endswith("next") else ["the old code still answers"])]


def keep_data(assembly: Path) -> None:
    """Have the template keep what holds data, as `keeps_data` does for a stage in AWS."""
    path = assembly / "MessageTracker.template.json"
    template = json.loads(path.read_text())
    for resource in template["Resources"].values():
        if resource["Type"] in HOLDS_DATA:
            resource["DeletionPolicy"] = resource["UpdateReplacePolicy"] = "Retain"
    path.write_text(json.dumps(template))


def wait_for_messages(traffic: Traffic, count: int) -> None:
    """Wait until the API has accepted so many."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(traffic.message_ids) < count:
        if time.monotonic() > deadline:
            raise DeploymentFailed(f"the API did not accept {count} messages in time")
        time.sleep(0.1)


def destroy(stack: LocalStack) -> list[str]:
    """Destroy the stack; return what went wrong."""
    by_cdk = partial(cdk, "destroy", stack.assembly, "--force")
    kept = remove(STACK, by_cdk, deletes_data=False)
    print("destroyed; its data stayed: " + ", ".join(map(str, kept)))
    missing = [f"{each} is gone" for each in kept if not each.is_there()]
    undeleted = [f"{each} cannot be deleted" for each in kept if not each.delete()]
    left = [f"{each} is still there" for each in kept if each.is_there()]
    print("deleted on purpose: " + ", ".join(map(str, kept)))
    return [*missing, *undeleted, *left, *([] if kept else ["no data was kept"])]


if __name__ == "__main__":
    sys.exit(main())
