"""The schema's migrations, as resources that the functions stand between.

Those that add run before any function is updated, those that remove after all of them are. One
that fails, fails the deployment: CloudFormation brings the functions back to the code they had.
"""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.bundling import SOURCES, digest
from infra.database import Database
from infra.functions import Deployment, TrackerFunction
from message_tracker.core.settings import MigratorSettings

_TIMEOUT_SECONDS = 900  # Lambda's longest: an index of a large table takes minutes to build
_ANSWER_SECONDS = 60  # then CloudFormation gives up; by itself it would wait for an hour
_CODE = (lambda_.CfnFunction, lambda_.CfnVersion, lambda_.CfnAlias)  # what brings new code
_FOLDER = SOURCES / "core" / "store" / "sql" / "migrations"


class Migrator(TrackerFunction):
    """Migrates the database when CloudFormation creates or updates a `Migration`."""

    def __init__(self, scope: Construct, construct_id: str, deployment: Deployment) -> None:
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="migrator",
            settings=MigratorSettings,
            values={},
            timeout_seconds=_TIMEOUT_SECONDS,
            memory_mb=256,
        )
        # CloudFormation invokes it asynchronously. A second try of one that ran out of time would
        # migrate after the deployment was given up.
        self.configure_async_invoke(
            retry_attempts=0, max_event_age=cdk.Duration.seconds(_ANSWER_SECONDS)
        )


class Migrations(Construct):
    """Both phases; CloudFormation calls for one when it is new, or a file of it is."""

    def __init__(
        self, scope: Construct, construct_id: str, migrator: Migrator, database: Database
    ) -> None:
        super().__init__(scope, construct_id)
        self._pre = self._phase("pre", migrator, database)
        self._post = self._phase("post", migrator, database)

    def surround(self, *functions: Construct) -> None:
        """Let functions, and what stands for a version of one, be updated between both phases."""
        pre, post = (_resource(phase) for phase in (self._pre, self._post))
        post.add_resource_dependency(pre)
        for function in functions:
            _resource(function).add_resource_dependency(pre)
            for each in function.node.find_all():
                if isinstance(each, _CODE):
                    post.add_resource_dependency(each)

    def _phase(self, phase: str, migrator: Migrator, database: Database) -> cdk.CustomResource:
        resource = cdk.CustomResource(
            self,
            phase.capitalize(),
            resource_type="Custom::Migrations",
            service_token=migrator.function_arn,
            service_timeout=cdk.Duration.seconds(_TIMEOUT_SECONDS + _ANSWER_SECONDS),
            properties={
                "Phase": phase,
                "Files": digest(_FOLDER.glob(f"*_{phase}_*.sql")),
                "Database": database.secret_arn,
            },
        )
        # With its configuration of what is not tried again; and an instance to connect to.
        resource.node.add_dependency(migrator, *database.readiness)
        return resource


def _resource(construct: Construct) -> cdk.CfnResource:
    resource = construct.node.default_child
    assert isinstance(resource, cdk.CfnResource)  # noqa: S101 - narrows the type
    return resource
