"""The one kind of Lambda function this stack has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.bundling import LambdaCode
from infra.config import StageConfig
from infra.database import Database
from infra.environment import environment
from infra.log_group import TrackerLogGroup
from infra.network import Network
from message_tracker.core.settings import DatabaseSettings, WebhookSettings

# In AWS. The emulator runs every function on its own interpreter and machine, whatever stands here.
_RUNTIME = lambda_.Runtime.PYTHON_3_13
_ARCHITECTURE = lambda_.Architecture.ARM_64
METRICS_NAMESPACE = "MessageTracker"


_ASKED = "api"  # whose runs somebody waits for


@dataclass(frozen=True, slots=True)
class Deployment:
    """What every function of a stage shares."""

    config: StageConfig
    code: LambdaCode
    cryptography: lambda_.ILayerVersion | None
    database: Database
    network: Network | None = None


class CryptographyLayer(lambda_.LayerVersion):
    """What the functions that seal secrets or verify signatures have besides."""

    def __init__(self, scope: Construct, construct_id: str, folder: Path) -> None:
        """Define the layer of what is in `folder`."""
        super().__init__(
            scope,
            construct_id,
            code=lambda_.Code.from_asset(str(folder)),
            compatible_runtimes=[_RUNTIME],
            compatible_architectures=[_ARCHITECTURE],
            description="cryptography, for the functions that seal secrets or verify signatures",
        )


class TrackerFunction(lambda_.Function):
    """A function with a role, a log group and a trace of its own."""

    def __init__(  # noqa: PLR0913 - everything that one function has of its own
        self,
        scope: Construct,
        construct_id: str,
        deployment: Deployment,
        *,
        package: str,
        settings: type[DatabaseSettings],
        values: Mapping[str, object],
        timeout_seconds: int,
        memory_mb: int,
        concurrency: int = 1,
        reserved_concurrency: int | None = None,
    ) -> None:
        """Define the function.

        Args:
            scope: the construct it is part of.
            construct_id: its id there.
            deployment: what it shares with the stage's other functions.
            package: the package below `message_tracker` whose `handler` module it runs, and by
                whose last part it is called.
            settings: what it reads its environment into; who handles webhooks gets the layer that
                seals their secrets.
            values: the fields of `settings` beside the stage and the database.
            timeout_seconds: when Lambda ends an invocation.
            memory_mb: its memory, and in proportion its share of a CPU.
            concurrency: how many invocations of it there can be at a time, each with a connection
                to Postgres; one for a function that only a schedule invokes.
            reserved_concurrency: what Lambda keeps it to, where nothing else does.
        """
        config, layer = deployment.config, deployment.cryptography
        name = package.rpartition(".")[2].replace("_", "-")
        log_group = TrackerLogGroup(
            scope, f"{construct_id}Log", config, name=f"/aws/lambda/{config.name}-{name}"
        )
        # A role of our own, since CDK's would carry a managed policy that may write any log group.
        role = iam.Role(
            scope,
            f"{construct_id}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        log_group.grant_write(role)
        if deployment.network:
            _let_into_network(role)
        # The dimensions of its metrics.
        self.service = name
        self.stage = config.stage
        self.concurrency = concurrency
        super().__init__(
            scope,
            construct_id,
            function_name=f"{config.name}-{name}",
            runtime=_RUNTIME,
            architecture=_ARCHITECTURE,
            layers=[layer] if layer and issubclass(settings, WebhookSettings) else None,
            code=lambda_.Code.from_asset(str(deployment.code.functions)),
            handler=f"message_tracker.{package}.handler.handler",
            environment={
                **environment(
                    settings,
                    stage=config.stage,
                    database_secret_arn=deployment.database.secret_arn,
                    database_endpoint=deployment.database.endpoint,
                    **values,
                ),
                "POWERTOOLS_SERVICE_NAME": name,
                "POWERTOOLSMETRICS_NAMESPACE": METRICS_NAMESPACE,
                **({"SENTRY_DSN": config.sentry_dsn} if config.sentry_dsn else {}),
            },
            timeout=Duration.seconds(timeout_seconds),
            memory_size=memory_mb,
            role=role,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=_tracing(config, package),
            reserved_concurrent_executions=reserved_concurrency,
            **_placed(deployment.network),
        )


class _Place(TypedDict, total=False):
    vpc: ec2.IVpc
    vpc_subnets: ec2.SubnetSelection
    security_groups: Sequence[ec2.ISecurityGroup]


def _placed(network: Network | None) -> _Place:
    if network is None:
        return {}
    return {
        "vpc": network.vpc,
        "vpc_subnets": network.subnets,
        "security_groups": [network.functions],
    }


def _let_into_network(role: iam.Role) -> None:
    """Let Lambda give the function its network interfaces; those actions know no resource.

    AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC".
    """
    role.add_to_policy(
        iam.PolicyStatement(
            actions=[
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:UnassignPrivateIpAddresses",
            ],
            resources=["*"],
        )
    )


def _tracing(config: StageConfig, package: str) -> lambda_.Tracing:
    """Return whether X-Ray records a function's runs, or only those that a traced one began."""
    is_active = config.traces == "all" or package == _ASKED
    return lambda_.Tracing.ACTIVE if is_active else lambda_.Tracing.PASS_THROUGH
