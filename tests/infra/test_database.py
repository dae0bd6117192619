"""The database that comes with the stack, or is somebody else's; and how functions reach it."""

import json
from typing import Any

import pytest

from infra.config import InvalidConfiguration, StageConfig
from message_tracker.core.settings import DatabaseSettings
from tests.infra.cloudformation import Template
from tests.infra.test_config import read
from tests.infra.variants import SUBNETS, VPC, Variant, with_value

CLUSTER = "AWS::RDS::DBCluster"
GROUP = "AWS::EC2::SecurityGroup"


def only(template: Template, resource_type: str) -> dict[str, Any]:
    """Return the properties of the one resource of a type."""
    (found,) = template.of_type(resource_type).values()
    return found


def functions(template: Template) -> list[dict[str, Any]]:
    return [
        each for each in template.of_type("AWS::Lambda::Function").values() if "Runtime" in each
    ]


def test_a_stage_brings_its_database_unless_it_says_otherwise() -> None:
    assert read().database == "aurora"


def test_aurora_is_encrypted_private_and_reached_by_tls_only(prod: Template) -> None:
    cluster = only(prod, CLUSTER)
    parameters = only(prod, "AWS::RDS::DBClusterParameterGroup")["Parameters"]

    assert cluster["StorageEncrypted"] is True
    assert only(prod, "AWS::RDS::DBInstance")["PubliclyAccessible"] is False
    assert parameters == {"rds.force_ssl": "1"}


def test_rds_makes_and_rotates_the_password_itself(prod: Template) -> None:
    cluster = only(prod, CLUSTER)

    assert cluster["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in cluster


def test_aurora_is_kept_as_long_as_the_stage_keeps_data(prod: Template) -> None:
    (cluster,) = (each for each in prod.body["Resources"].values() if each["Type"] == CLUSTER)

    assert cluster["Properties"]["DeletionProtection"] is True
    assert cluster["DeletionPolicy"] == "Snapshot"
    assert cluster["Properties"]["BackupRetentionPeriod"] == 7


def test_a_stage_that_keeps_no_data_leaves_no_cluster(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, stage="local", database="aurora"):
        assert only(variant.template, CLUSTER)["DeletionProtection"] is False


def test_aurora_takes_connections_of_the_functions_alone(prod: Template) -> None:
    (group,) = (
        logical_id
        for logical_id, each in prod.of_type(GROUP).items()
        if each["GroupDescription"].endswith("the functions")
    )
    ingress = only(prod, "AWS::EC2::SecurityGroupIngress")

    assert ingress["SourceSecurityGroupId"] == {"Fn::GetAtt": [group, "GroupId"]}
    assert not any("SecurityGroupIngress" in each for each in prod.of_type(GROUP).values())


def test_every_function_is_told_where_aurora_is_and_who_may_enter(prod: Template) -> None:
    for function in functions(prod):
        variables = function["Environment"]["Variables"]
        secret = variables["MT_DATABASE_SECRET_ARN"]["Fn::GetAtt"]
        endpoint = json.dumps(variables["MT_DATABASE_ENDPOINT"])
        assert secret[1] == "MasterUserSecret.SecretArn"
        assert "Endpoint.Address" in endpoint
        assert "/message_tracker" in endpoint


def test_the_endpoint_reads_as_the_settings_want_it() -> None:
    endpoint = "tracker.cluster-c9akciq32.eu-west-1.rds.amazonaws.com:5432/message_tracker"

    settings = DatabaseSettings(
        stage="prod", database_secret_arn="arn:aws:1", database_endpoint=endpoint
    )

    assert settings.database_endpoint == endpoint


def test_every_function_is_in_the_network_of_aurora(prod: Template) -> None:
    groups = {json.dumps(each["VpcConfig"]["SecurityGroupIds"]) for each in functions(prod)}

    assert len(groups) == 1


def test_nothing_is_in_a_network_where_the_database_has_a_url(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, database="url"):
        assert not any("VpcConfig" in each for each in functions(variant.template))
        assert not variant.template.of_type("AWS::EC2::VPC")
        assert not variant.template.of_type(CLUSTER)


def test_s3_and_dynamodb_are_reached_without_the_nat_gateway(prod: Template) -> None:
    endpoints = prod.of_type("AWS::EC2::VPCEndpoint").values()

    assert {each["VpcEndpointType"] for each in endpoints} == {"Gateway"}
    assert len(endpoints) == 2
    assert len(prod.of_type("AWS::EC2::NatGateway")) == 1


def test_a_closed_network_has_an_endpoint_for_every_service_and_no_way_to_the_internet(
    variants: dict[str, Variant],
) -> None:
    for variant in with_value(variants, database="closed"):
        endpoints = variant.template.of_type("AWS::EC2::VPCEndpoint").values()
        services = {
            json.dumps(each["ServiceName"]).rpartition(".")[2].strip('"]} ')
            for each in endpoints
            if each["VpcEndpointType"] == "Interface"
        }
        texts = set() if variant.values["channels"] == "email" else {"pinpoint-sms-voice-v2"}

        assert services == {"email", "monitoring", "secretsmanager", "sns", "sqs"} | texts
        assert not variant.template.of_type("AWS::EC2::NatGateway")
        assert not variant.template.of_type("AWS::EC2::InternetGateway")


def test_a_standby_is_of_the_writers_size(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, database="closed"):
        instances = variant.template.of_type("AWS::RDS::DBInstance").values()
        assert sorted(each["PromotionTier"] for each in instances) == [0, 1]


def test_an_existing_network_is_used_as_it_is(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, database="theirs"):
        template = variant.template
        assert not template.of_type("AWS::EC2::VPC")
        assert not template.of_type("AWS::EC2::VPCEndpoint")
        assert {each["VpcId"] for each in template.of_type(GROUP).values()} == {VPC}
        assert only(template, "AWS::RDS::DBSubnetGroup")["SubnetIds"] == list(SUBNETS)


def test_migrations_wait_for_an_instance_and_for_the_way_to_the_secret(
    variants: dict[str, Variant],
) -> None:
    for variant in with_value(variants, database="closed"):
        template = variant.template
        needed = {
            *template.of_type("AWS::RDS::DBInstance"),
            *template.of_type("AWS::EC2::VPCEndpoint"),
        }
        for each in template.body["Resources"].values():
            if each["Type"] == "Custom::Migrations":
                assert needed <= set(each["DependsOn"])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"database_secret": "db"}, "database_secret: RDS itself keeps"),
        (
            {"database_min_capacity": 8, "database_max_capacity": 4},
            "database_min_capacity: 8 ACUs at least and 4 at most",
        ),
        ({"vpc_id": VPC}, "vpc_subnet_ids: .* needs two private subnets"),
        ({"vpc_subnet_ids": SUBNETS}, "vpc_id: subnets are named"),
        ({"vpc_id": "main"}, "vpc_id"),
        ({"database_max_capacity": 0.5}, "database_max_capacity"),
        ({"database_min_capacity": 0.7}, "database_min_capacity"),
        (
            {"api_concurrency": 5, "api_provisioned_concurrency": 6},
            "api_concurrency: 5 invocations at most leave some of 6",
        ),
    ],
)
def test_what_cannot_be_is_named(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidConfiguration, match=said):
        read(**fields)


# Aurora User Guide, "Performance and scaling for Aurora Serverless v2".
@pytest.mark.parametrize(
    ("minimum", "maximum", "connections"),
    [(0.5, 1, 189), (1, 3.5, 189), (1, 4, 823), (1, 16, 3360), (0.5, 16, 2000), (2, 256, 5000)],
)
def test_aurora_takes_as_many_connections_as_its_largest_size(
    minimum: float, maximum: float, connections: int
) -> None:
    config = read(database_min_capacity=minimum, database_max_capacity=maximum)

    assert config.most_connections == connections


def test_another_postgres_takes_as_many_as_its_operator_says() -> None:
    config: StageConfig = read(database="url", database_max_connections=77)

    assert config.most_connections == 77
