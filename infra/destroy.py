"""`python -m infra.destroy --stage dev`: remove a stage from the AWS account of your credentials.

What holds data stays and is named: the archive's bucket, the limiter's table, the keys. With
`--delete-data` it goes too, for good. The database is
never touched: the operator's own is not ours, and Aurora is protected until it is told otherwise.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence

from infra.cdk_cli import DeploymentFailed, cdk
from infra.config import ROOT, InvalidConfiguration
from infra.deploy import deployable_config
from infra.leftovers import Leftover, leftovers, stack_exists
from infra.synth import SynthesisFailed, synthesize

_OUT = ROOT / "cdk.out"


def destroy(stage: str, *, approved: bool, deletes_data: bool) -> Sequence[Leftover]:
    """Remove `stage` and return what is left of it.

    Args:
        stage: a stage of cdk.json, not the local one.
        approved: do not ask first.
        deletes_data: delete what holds data, too.

    Raises:
        InvalidConfiguration: the stage's configuration cannot be used.
        SynthesisFailed: the app failed.
        DeploymentFailed: the CDK CLI failed, or a person did not want it after all.
    """
    name = deployable_config(stage).name
    if deletes_data and not approved:
        _confirm(name)
        approved = True
    assembly = synthesize(stage, _OUT)
    options = ["--force"] if approved else []
    return remove(name, lambda: cdk("destroy", assembly, *options), deletes_data=deletes_data)


def remove(
    stack_name: str, delete_stack: Callable[[], None], *, deletes_data: bool
) -> Sequence[Leftover]:
    """Have the stack deleted, then what it left if that is wanted; return what is left.

    Raises:
        DeploymentFailed: the stack is still there, and so is all that it holds.
    """
    left = leftovers(stack_name)
    delete_stack()
    if stack_exists(stack_name):
        raise DeploymentFailed(f"{stack_name} was not removed, and nothing of its data")
    return [each for each in left if not (deletes_data and each.delete())]


def _confirm(stack_name: str) -> None:
    """Have a person type the stack's name.

    Raises:
        DeploymentFailed: something else was typed.
    """
    question = f"This deletes {stack_name} with its archive, for good. Type its name to go on: "
    if input(question).strip() != stack_name:
        raise DeploymentFailed("nothing was removed")


def told(left: Sequence[Leftover]) -> str:
    """Return what a person should know of what is left."""
    if not left:
        return "Nothing is left but the database, which is yours."
    listed = "\n".join(f"  {each}" for each in left)
    return f"It holds data, and stays (--delete-data deletes it):\n{listed}"


def main() -> int:
    """Remove a stage; its data stays unless --delete-data is given."""
    parser = argparse.ArgumentParser(prog="python -m infra.destroy", description=main.__doc__)
    parser.add_argument("--stage", required=True, help="a stage of cdk.json")
    parser.add_argument("--delete-data", action="store_true", help="archive, limiter and keys too")
    parser.add_argument("--yes", action="store_true", help="do not ask for approval (for CI)")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        left = destroy(arguments.stage, approved=arguments.yes, deletes_data=arguments.delete_data)
    except (InvalidConfiguration, SynthesisFailed, DeploymentFailed) as error:
        print(error, file=sys.stderr)  # noqa: T201 - for a person
        return 1
    print(told(left))  # noqa: T201 - for a person
    return 0


if __name__ == "__main__":
    sys.exit(main())
