"""Where a stage's Postgres is, how large it may become, and how the functions reach it."""

from typing import Annotated, Literal

from pydantic import Field

from infra.config.values import SEPARATED, Part

# Aurora User Guide, "Performance and scaling for Aurora Serverless v2", maximum connections of
# Aurora PostgreSQL by the most ACUs; and what a smaller minimum than one ACU allows at most.
_MOST_CONNECTIONS = {1: 189, 4: 823, 8: 1669, 16: 3360, 32: 5000}
_MOST_OF_SMALL = 2000

Capacity = Annotated[float, Field(le=256, multiple_of=0.5)]
"""In Aurora capacity units (ACU) of about 2 GiB of memory each."""

SubnetId = Annotated[str, Field(pattern=r"^subnet-([0-9a-f]{8}|[0-9a-f]{17})$")]


class DatabaseFields(Part):
    """Aurora of the stack's own, or the URL of another Postgres; and the network."""

    database: Literal["aurora", "url"] = Field(
        default="aurora", description="aurora: a cluster of the stack's own; url: another Postgres"
    )
    database_secret: str = Field(
        default="", description="name of the Secrets Manager secret that holds the Postgres URL"
    )
    database_max_connections: Annotated[int, Field(ge=1)] = Field(
        default=100, description="how many the Postgres of the URL takes; Aurora's are known"
    )
    database_min_capacity: Annotated[Capacity, Field(ge=0)] = Field(
        default=0.5, description="the fewest ACUs of Aurora; 0 lets it pause when nobody connects"
    )
    database_max_capacity: Annotated[Capacity, Field(ge=1)] = Field(
        default=4, description="the most ACUs of Aurora"
    )
    database_standby: bool = Field(
        default=False, description="true: a second instance takes over within a minute"
    )
    database_backup_days: Annotated[int, Field(ge=1, le=35)] = 7
    vpc_id: str = Field(
        default="",
        pattern=r"^(vpc-([0-9a-f]{8}|[0-9a-f]{17}))?$",
        description="an existing VPC for the functions and Aurora; one of the stack's own if empty",
    )
    vpc_subnet_ids: Annotated[tuple[SubnetId, ...], SEPARATED] = Field(
        default=(), description="private subnets of it, in two availability zones at least"
    )
    vpc_egress: Literal["nat", "endpoints"] = Field(
        default="nat", description="the way out of the stack's own VPC: a NAT gateway, or endpoints"
    )

    @property
    def has_network(self) -> bool:
        """Whether the functions run in a VPC."""
        return self.database == "aurora" or bool(self.vpc_id)

    @property
    def most_connections(self) -> int:
        """How many connections the database takes."""
        if self.database == "url":
            return self.database_max_connections
        capacity = self.database_max_capacity
        most = max(of for acus, of in _MOST_CONNECTIONS.items() if acus <= capacity)
        return min(most, _MOST_OF_SMALL) if self.database_min_capacity < 1 else most
