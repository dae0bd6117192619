"""The network that the functions reach Aurora by: private subnets, and a way out of them.

In a VPC a function reaches nothing but what the VPC leads to. S3 and DynamoDB have gateways, which
cost nothing. The rest goes by a NAT gateway; or, where nothing may reach the Internet, by an
interface endpoint for each service we call, and then webhooks go nowhere.
"""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IDependable

from infra.config import StageConfig
from message_tracker.core.domain.message import Channel

_ZONES = 2  # as many as Aurora wants; each more costs another endpoint of every service
_GATEWAYS = {
    "S3": ec2.GatewayVpcEndpointAwsService.S3,
    "DynamoDb": ec2.GatewayVpcEndpointAwsService.DYNAMODB,
}
_ENDPOINTS = {
    "Email": ec2.InterfaceVpcEndpointAwsService.EMAIL,  # also for a stage of SMS: its reports
    "Queues": ec2.InterfaceVpcEndpointAwsService.SQS,
    "Topics": ec2.InterfaceVpcEndpointAwsService.SNS,
    "Secrets": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    "Metrics": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
}
_FOR_TEXTS = {"Text": ec2.InterfaceVpcEndpointAwsService.PINPOINT_SMS_VOICE_V2}


class Network(Construct):
    """A VPC of the stack's own, or an existing one, whose way out is its owner's."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self.vpc = self._existing(config) if config.vpc_id else self._own(config)
        kind = ec2.SubnetType.PRIVATE_ISOLATED
        if config.vpc_id or config.vpc_egress == "nat":
            kind = ec2.SubnetType.PRIVATE_WITH_EGRESS
        self.subnets = ec2.SubnetSelection(subnet_type=kind)
        self.functions = ec2.SecurityGroup(
            self, "Functions", vpc=self.vpc, description="Message Tracker: the functions"
        )
        self.ways_out = [] if config.vpc_id else self._gateways()
        if not config.vpc_id and config.vpc_egress == "endpoints":
            texts = _FOR_TEXTS if config.sends(Channel.TEXT) else {}
            self.ways_out += self._endpoints(_ENDPOINTS | texts)

    @property
    def outputs(self) -> dict[str, str]:
        """What an operator's shell in the network is made with."""
        subnets = self.vpc.select_subnets(subnet_type=self.subnets.subnet_type).subnet_ids
        return {
            "VpcId": self.vpc.vpc_id,
            "PrivateSubnets": ",".join(subnets),
            "FunctionsSecurityGroup": self.functions.security_group_id,
        }

    def _own(self, config: StageConfig) -> ec2.IVpc:
        with_nat = config.vpc_egress == "nat"
        public = ec2.SubnetConfiguration(
            name="Public", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False
        )
        private = ec2.SubnetConfiguration(
            name="Private",
            subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS
            if with_nat
            else ec2.SubnetType.PRIVATE_ISOLATED,
        )
        return ec2.Vpc(
            self,
            "Vpc",
            max_azs=_ZONES,
            nat_gateways=1 if with_nat else 0,
            subnet_configuration=[public, private] if with_nat else [private],
            # It is in use by nothing here; to close it, CDK would bring a function of its own.
            restrict_default_security_group=False,
        )

    def _existing(self, config: StageConfig) -> ec2.IVpc:
        subnets = config.vpc_subnet_ids
        return ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=config.vpc_id,
            # Nothing here asks in which zone a subnet lies; CDK wants a name for each.
            availability_zones=[cdk.Fn.select(0, cdk.Fn.get_azs()) for _ in subnets],
            private_subnet_ids=list(subnets),
        )

    def _gateways(self) -> list[IDependable]:
        return [
            self.vpc.add_gateway_endpoint(name, service=service)
            for name, service in _GATEWAYS.items()
        ]

    def _endpoints(
        self, services: Mapping[str, ec2.InterfaceVpcEndpointAwsService]
    ) -> list[IDependable]:
        callers = ec2.SecurityGroup(
            self, "Endpoints", vpc=self.vpc, description="Message Tracker: AWS services"
        )
        callers.add_ingress_rule(self.functions, ec2.Port.HTTPS, "the functions")
        return [
            ec2.InterfaceVpcEndpoint(
                self,
                name,
                vpc=self.vpc,
                service=service,
                subnets=self.subnets,
                security_groups=[callers],
                open=False,
            )
            for name, service in services.items()
        ]
