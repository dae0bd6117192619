"""Aurora Serverless v2 in private subnets: encrypted, reached by TLS only, its password rotated.

RDS itself makes the password, keeps it in Secrets Manager and rotates it every seven days, so there
is no rotation function to run in the VPC. The secret holds the credentials alone: where the server
is, functions are told by their settings.
"""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from constructs import Construct, IDependable

from infra.config import StageConfig
from infra.encryption import key_of
from infra.network import Network

_VERSION = rds.AuroraPostgresEngineVersion.VER_18_4
_NAME = "message_tracker"  # of the database and of the user


class Aurora(Construct):
    """A cluster with one instance that writes, and a second one where the stage wants it."""

    def __init__(
        self, scope: Construct, construct_id: str, config: StageConfig, network: Network
    ) -> None:
        super().__init__(scope, construct_id)
        group = ec2.SecurityGroup(
            self,
            "Group",
            vpc=network.vpc,
            description="Message Tracker: the database",
            allow_all_outbound=False,
        )
        group.add_ingress_rule(network.functions, ec2.Port.POSTGRES, "the functions")
        self.cluster = rds.DatabaseCluster(
            self,
            "Cluster",
            engine=rds.DatabaseClusterEngine.aurora_postgres(version=_VERSION),
            default_database_name=_NAME,
            credentials=rds.Credentials.from_username(_NAME),
            manage_master_user_password=True,
            writer=rds.ClusterInstance.serverless_v2("Writer"),
            readers=_readers(config),
            serverless_v2_min_capacity=config.database_min_capacity,
            serverless_v2_max_capacity=config.database_max_capacity,
            vpc=network.vpc,
            vpc_subnets=network.subnets,
            security_groups=[group],
            storage_encrypted=True,
            storage_encryption_key=key_of(self),
            parameters={"rds.force_ssl": "1"},
            backup=rds.BackupProps(retention=Duration.days(config.database_backup_days)),
            copy_tags_to_snapshot=True,
            deletion_protection=config.keeps_data,
            removal_policy=RemovalPolicy.SNAPSHOT if config.keeps_data else RemovalPolicy.DESTROY,
        )
        self._ways = network.ways_out
        secret = self.cluster.secret
        assert secret is not None  # noqa: S101 - RDS makes one
        self._secret = secret

    @property
    def secret_arn(self) -> str:
        """The ARN that functions read the credentials by."""
        return self._secret.secret_arn

    @property
    def secret_name(self) -> str:
        """RDS chooses the name: operators are told the ARN."""
        return self.secret_arn

    @property
    def endpoint(self) -> str:
        """The instance that writes, whichever it is."""
        return f"{self.cluster.cluster_endpoint.socket_address}/{_NAME}"

    @property
    def readiness(self) -> Sequence[IDependable]:
        """The cluster with its instances, and what leads to its secret."""
        return [self.cluster, *self._ways]

    def grant_connect(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read the credentials."""
        self._secret.grant_read(grantee)


def _readers(config: StageConfig) -> list[rds.IClusterInstance]:
    if not config.database_standby:
        return []
    return [rds.ClusterInstance.serverless_v2("Standby", scale_with_writer=True)]
