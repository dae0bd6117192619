"""The HTTP API: its routes to one function, throttled, with an access log that names nobody."""

import json
from dataclasses import dataclass

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.archive import Archive
from infra.config import StageConfig
from infra.functions import Deployment, TrackerFunction
from infra.importing import Imports
from infra.links import SigningKeys
from infra.log_group import TrackerLogGroup
from infra.messaging import LimiterTable, SendQueues
from infra.queue import DurableQueue
from infra.sns_route import SnsRoute
from infra.webhooks import Webhooks
from message_tracker.core.settings import ApiSettings

ROUTES = (
    (apigateway.HttpMethod.POST, "/send"),
    (apigateway.HttpMethod.GET, "/messages"),
    (apigateway.HttpMethod.GET, "/messages/export"),
    (apigateway.HttpMethod.GET, "/messages/{id}"),
    (apigateway.HttpMethod.POST, "/messages/{id}/redrive"),
    (apigateway.HttpMethod.GET, "/stats"),
    (apigateway.HttpMethod.GET, "/groups"),
    (apigateway.HttpMethod.POST, "/groups"),
    (apigateway.HttpMethod.GET, "/groups/{id}"),
    (apigateway.HttpMethod.PATCH, "/groups/{id}"),
    (apigateway.HttpMethod.POST, "/groups/{id}/stop"),
    (apigateway.HttpMethod.POST, "/groups/{id}/pause"),
    (apigateway.HttpMethod.POST, "/groups/{id}/resume"),
    (apigateway.HttpMethod.POST, "/groups/{id}/redrive"),
    (apigateway.HttpMethod.GET, "/suppressions"),
    (apigateway.HttpMethod.GET, "/suppressions/{address}"),
    (apigateway.HttpMethod.PUT, "/suppressions/{address}"),
    (apigateway.HttpMethod.DELETE, "/suppressions/{address}"),
    (apigateway.HttpMethod.GET, "/templates"),
    (apigateway.HttpMethod.POST, "/templates"),
    (apigateway.HttpMethod.GET, "/templates/{name}"),
    (apigateway.HttpMethod.PUT, "/templates/{name}"),
    (apigateway.HttpMethod.DELETE, "/templates/{name}"),
    (apigateway.HttpMethod.GET, "/templates/{name}/versions/{version}"),
    (apigateway.HttpMethod.POST, "/templates/{name}/preview"),
    (apigateway.HttpMethod.GET, "/audiences"),
    (apigateway.HttpMethod.PUT, "/audiences/{name}"),
    (apigateway.HttpMethod.GET, "/audiences/{name}"),
    (apigateway.HttpMethod.DELETE, "/audiences/{name}"),
    (apigateway.HttpMethod.POST, "/audiences/{name}/members"),
    (apigateway.HttpMethod.DELETE, "/audiences/{name}/members/{address}"),
    (apigateway.HttpMethod.GET, "/u/{token}"),
    (apigateway.HttpMethod.POST, "/u/{token}"),
    (apigateway.HttpMethod.GET, "/o/{token}"),
    (apigateway.HttpMethod.GET, "/c/{token}"),
    (apigateway.HttpMethod.GET, "/r/{token}"),
    (apigateway.HttpMethod.GET, "/imports/{id}"),
    (apigateway.HttpMethod.GET, "/imports/{id}/refused"),
    (apigateway.HttpMethod.GET, "/webhooks"),
    (apigateway.HttpMethod.POST, "/webhooks"),
    (apigateway.HttpMethod.GET, "/webhooks/{id}"),
    (apigateway.HttpMethod.PATCH, "/webhooks/{id}"),
    (apigateway.HttpMethod.DELETE, "/webhooks/{id}"),
    (apigateway.HttpMethod.POST, "/webhooks/{id}/rotate"),
    (apigateway.HttpMethod.POST, "/webhooks/{id}/test"),
    (apigateway.HttpMethod.POST, "/webhooks/{id}/replay"),
    (apigateway.HttpMethod.GET, "/webhooks/{id}/deliveries"),
    (apigateway.HttpMethod.GET, "/v1/events/open"),
    (apigateway.HttpMethod.POST, "/v1/events/result"),
    (apigateway.HttpMethod.GET, "/reports"),
    (apigateway.HttpMethod.GET, "/reports/daily"),
    (apigateway.HttpMethod.GET, "/reports/{id}"),
    (apigateway.HttpMethod.GET, "/v1/results/count/{plan_id}"),
    (apigateway.HttpMethod.GET, "/v1/results/sent"),
    (apigateway.HttpMethod.POST, "/events/sns"),
    (apigateway.HttpMethod.GET, "/health"),
    (apigateway.HttpMethod.GET, "/openapi.json"),
    (apigateway.HttpMethod.GET, "/docs"),
)
_TIMEOUT_SECONDS = 29  # API Gateway itself gives up after 30
_BURST_SECONDS = 2
# Neither the path, which holds ids, nor the caller's IP address, which is a person's.
_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "bytes": "$context.responseLength",
    "error": "$context.integrationErrorMessage",
}


@dataclass(frozen=True, slots=True)
class EventEntry:
    """How events come in by the API: whose topics post them, and the queue they go on."""

    queue: DurableQueue
    sns_route: SnsRoute


class Api(TrackerFunction):
    """Takes messages in and tells what became of them."""

    def __init__(  # noqa: PLR0913 - everything that the API is connected with
        self,
        scope: Construct,
        construct_id: str,
        deployment: Deployment,
        *,
        queues: SendQueues,
        limiter: LimiterTable,
        events: EventEntry,
        keys: SigningKeys,
        imports: Imports,
        webhooks: Webhooks,
        archive: Archive,
    ) -> None:
        config = deployment.config
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="api",
            settings=ApiSettings,
            values={
                **queues.settings,
                "limiter_table": limiter.table_name,
                **config.of_channels(
                    "email_per_second", "default_region", "text_opt_out_list", "text_countries"
                ),
                "signing_keys_secret_arn": keys.secret_arn,
                "import_queue_url": imports.queue_url,
                "import_sources": imports.urls,
                "default_audience": config.default_audience,
                "event_queue_url": events.queue.queue.queue_url,
                "report_bucket": archive.bucket.bucket_name,
                "webhook_queue_url": webhooks.queue.queue.queue_url,
                **webhooks.values,
                "sns_topic_arns": events.sns_route.topic_arns,
            },
            timeout_seconds=_TIMEOUT_SECONDS,
            # Without a reservation, as many as the gateway lets in within half a second: few
            # requests take as long.
            concurrency=config.api_concurrency or -(-config.api_requests_per_second // 2),
            reserved_concurrency=config.api_concurrency or None,
            memory_mb=1024,  # 10,000 recipients are validated within one request
        )
        queues.grant_send(self)
        limiter.grant_look(self)
        events.queue.queue.grant_send_messages(self)
        imports.grant_wake(self)
        imports.grant_read(self)
        archive.grant_read_reports(self)
        webhooks.queue.queue.grant_send_messages(self)
        webhooks.key.grant_read(self)
        keys.grant_read(self)
        events.sns_route.grant_confirm(self)
        self.entry = self._entry(config)

    def _entry(self, config: StageConfig) -> lambda_.Function | lambda_.Alias:
        """Return what requests go to: the function, or a version of it that starts at once."""
        if config.api_snap_start:
            resource = self.node.default_child
            assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101 - narrows the type
            resource.snap_start = lambda_.CfnFunction.SnapStartProperty(
                apply_on="PublishedVersions"
            )
        elif not config.api_provisioned_concurrency:
            return self
        return lambda_.Alias(
            self,
            "Live",
            alias_name="live",
            version=self.current_version,
            provisioned_concurrent_executions=config.api_provisioned_concurrency or None,
        )


class HttpApi(Construct):
    """The public address of `Api`."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig, api: Api) -> None:
        super().__init__(scope, construct_id)
        self.http_api = apigateway.HttpApi(
            self, "Api", api_name=config.name, create_default_stage=False
        )
        integration = integrations.HttpLambdaIntegration(
            "Integration",
            api.entry,
            # One statement for all routes: one each would outgrow the 20 KB of a function's policy.
            scope_permission_to_route=False,
        )
        for method, path in ROUTES:
            self.http_api.add_routes(path=path, methods=[method], integration=integration)
        rate = config.api_requests_per_second
        self.stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=self.http_api,
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=rate, burst_limit=_BURST_SECONDS * rate
            ),
        )
        self.url = self.stage.url
        self.domain = self._domain(config) if config.api_domain else None
        self._log_accesses(config)

    def _domain(self, config: StageConfig) -> apigateway.DomainName:
        certificate = acm.Certificate.from_certificate_arn(
            self, "Certificate", config.api_certificate_arn
        )
        domain = apigateway.DomainName(
            self,
            "Domain",
            domain_name=config.api_domain,
            certificate=certificate,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        apigateway.ApiMapping(
            self, "Mapping", api=self.http_api, domain_name=domain, stage=self.stage
        )
        return domain

    def _log_accesses(self, config: StageConfig) -> None:
        # API Gateway adds each log group to one policy of limited size; below this name one entry
        # of that policy stands for all of them.
        log_group = TrackerLogGroup(
            self, "AccessLog", config, name=f"/aws/vendedlogs/apigateway/{config.name}"
        )
        stage = self.stage.node.default_child
        assert isinstance(stage, apigateway.CfnStage)  # noqa: S101 - narrows the type
        stage.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group.log_group_arn, format=json.dumps(_ACCESS_LOG)
        )
