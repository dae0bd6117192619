"""The stack: what there is, what is connected, and who may do what."""

import aws_cdk as cdk
from constructs import Construct

from infra import reviews
from infra.alerting import AlertWatch
from infra.analytics import Analytics
from infra.archive import Archive
from infra.bookkeeping import Bookkeeper
from infra.budget import check_connections
from infra.bundling import LambdaCode
from infra.canary import Canary
from infra.config import StageConfig
from infra.dashboard import Dashboard
from infra.database import database_of
from infra.encryption import Encryption
from infra.event_processing import EventProcessor, EventQueue, Inventory, Retention
from infra.functions import CryptographyLayer, Deployment, TrackerFunction
from infra.http_api import Api, EventEntry, HttpApi
from infra.identity import EmailIdentity
from infra.importing import Importer, Imports
from infra.links import SigningKeys
from infra.messaging import LimiterTable, SendQueues
from infra.migrations import Migrations, Migrator
from infra.network import Network
from infra.observability import Alarms
from infra.providers import (
    grant_keep_suppression_lists,
    grant_read_suppression_lists,
    grant_send_email,
    grant_sending,
)
from infra.queue import DurableQueue
from infra.reporting import DeadLetterReader, MissedReports, Reporter
from infra.sending import Sender, Sweeper
from infra.sns_route import SnsRoute
from infra.tracking import Tracking
from infra.webhooks import WebhookDispatcher, Webhooks
from message_tracker.core.domain.message import Channel


class MessageTrackerStack(cdk.Stack):
    """One stage of Message Tracker."""

    def __init__(self, scope: Construct, config: StageConfig, code: LambdaCode) -> None:
        """Define the stage that `config` describes, its functions running what `code` holds."""
        super().__init__(
            scope,
            "MessageTracker",
            stack_name=config.name,
            env=cdk.Environment(account=config.account or None, region=config.region or None),
            description="Message Tracker: e-mail and SMS, sent inside the limits and tracked",
        )
        cdk.Tags.of(self).add("application", "message-tracker")
        cdk.Tags.of(self).add("stage", config.stage)
        self._config = config
        Encryption(self, config)
        self._network = Network(self, "Network", config) if config.has_network else None
        self._database = database_of(self, config, self._network)
        self._identity = (
            EmailIdentity(self, "EmailIdentity", config) if config.creates_email_identity else None
        )
        self._queues = SendQueues(self, "SendQueues", config)
        self._limiter = LimiterTable(self, "Limiter", config)
        self._archive = Archive(self, "Archive", config)
        self._tracking = Tracking(self, "Tracking", config, self._archive)
        self._event_queue = EventQueue(
            self, "Events", config, archive=self._archive, tracking=self._tracking
        )
        self._sns_route = SnsRoute(self, "SnsRoute", config)
        self._imports = Imports(self, "Imports", config, self._archive)
        self._webhooks = Webhooks.of(self, config)
        self._missed_reports = MissedReports(self, "MissedReports", config)
        self._signing_keys = SigningKeys(self, "SigningKeys", config)
        cryptography = (
            CryptographyLayer(self, "Cryptography", code.cryptography)
            if code.cryptography
            else None
        )
        self._add_functions(Deployment(config, code, cryptography, self._database, self._network))
        check_connections(config, self._functions)
        Migrations(self, "Migrations", self._migrator, self._database).surround(
            *(each for each in self._functions.values() if each is not self._migrator),
            self._api.entry,
        )
        self._grant()
        self._sns_route.subscribe(self._http_api.url, self._event_queue, after=self._http_api)
        self._watch()
        self._name_outputs()
        reviews.accept(
            self,
            import_sources=config.import_sources,
            Archive=self._archive.bucket,
            Sweeper=self._sweeper,
            Importer=self._importer,
            Inventory=self._inventory,
            Retention=self._retention,
            Bookkeeper=self._bookkeeper,
            Analytics=self._analytics,
            Reporter=self._reporter,
            Canary=self._canary,
            AlertWatch=self._alert_watch,
            WebhookDispatcher=self._webhook_dispatcher,
        )

    @property
    def availability_zones(self) -> list[str]:
        """Two of the region's, as CloudFormation tells: a synthesis looks nothing up."""
        return [cdk.Fn.select(number, cdk.Fn.get_azs()) for number in range(2)]

    def _add_functions(self, shared: Deployment) -> None:
        queues, archive, tracking = self._queues, self._archive, self._tracking
        others = (self._event_queue, self._webhooks.queue, self._imports.wake_ups)
        dead_letters = [*queues.dead_letters, *(queue.dead_letters for queue in others)]
        self._api = Api(
            self,
            "Api",
            shared,
            queues=queues,
            limiter=self._limiter,
            events=EventEntry(self._event_queue, self._sns_route),
            keys=self._signing_keys,
            imports=self._imports,
            webhooks=self._webhooks,
            archive=archive,
        )
        self._http_api = HttpApi(self, "HttpApi", self._config, self._api)
        self._importer = Importer(self, "Importer", shared, queues=queues, imports=self._imports)
        self._sender = Sender(
            self,
            "Sender",
            shared,
            queues=queues,
            limiter=self._limiter,
            tracking=tracking,
            keys=self._signing_keys,
            public_url=self._public_url,
        )
        self._sweeper = Sweeper(self, "Sweeper", shared, queues=queues)
        self._event_processor = EventProcessor(
            self,
            "EventProcessor",
            shared,
            queue=self._event_queue,
            archive=archive,
            webhooks=self._webhooks.queue,
        )
        self._webhook_dispatcher = WebhookDispatcher(
            self, "WebhookDispatcher", shared, webhooks=self._webhooks
        )
        self._inventory = Inventory(self, "Inventory", shared, archive=archive)
        self._retention = Retention(self, "Retention", shared)
        self._bookkeeper = Bookkeeper(self, "Bookkeeper", shared)
        self._analytics = Analytics(self, "Analytics", shared, tracking=tracking)
        self._reporter = Reporter(
            self,
            "Reporter",
            shared,
            archive=archive,
            tracking=tracking,
            missed=self._missed_reports,
            keys=self._signing_keys,
            public_url=self._public_url,
        )
        self._alert_watch = AlertWatch(self, "AlertWatch", shared, tracking=tracking)
        self._canary = Canary(self, "Canary", shared, api_url=self._public_url)
        self._dead_letter_reader = DeadLetterReader(
            self, "DeadLetterReader", shared, queues=dead_letters
        )
        self._migrator = Migrator(self, "Migrator", shared)

    @property
    def _public_url(self) -> str:
        return self._config.public_base or self._http_api.url

    @property
    def _functions(self) -> dict[str, TrackerFunction]:
        return {
            "Api": self._api,
            "Importer": self._importer,
            "Sender": self._sender,
            "Sweeper": self._sweeper,
            "EventProcessor": self._event_processor,
            "Inventory": self._inventory,
            "Retention": self._retention,
            "Bookkeeper": self._bookkeeper,
            "Analytics": self._analytics,
            "Reporter": self._reporter,
            "AlertWatch": self._alert_watch,
            "Canary": self._canary,
            "DeadLetterReader": self._dead_letter_reader,
            "WebhookDispatcher": self._webhook_dispatcher,
            "Migrator": self._migrator,
        }

    @property
    def _all_queues(self) -> list[DurableQueue]:
        return [*self._queues.all, self._event_queue, self._webhooks.queue, self._imports.wake_ups]

    def _grant(self) -> None:
        """Grant what no event source or schedule grants by itself."""
        config, tracking = self._config, self._tracking
        for function in self._functions.values():
            self._database.grant_connect(function)
        self._queues.grant_send(self._sweeper)
        self._queues.grant_send(self._importer)
        self._limiter.grant_lease(self._sender)
        grant_sending(self._sender, config, tracking.sets)
        grant_keep_suppression_lists(self._api, config)
        grant_read_suppression_lists(self._inventory, config)
        for reader in (self._event_processor, self._inventory):
            self._archive.grant_read_events(reader)
            self._archive.grant_quarantine(reader)
        self._archive.grant_keep_hits(self._event_processor)
        self._archive.grant_keep_reports(self._reporter)
        mailers = (self._analytics,) if config.daily_report else ()
        for teller in (self._reporter, self._alert_watch, *mailers):
            grant_send_email(
                teller,
                config,
                from_header=config.from_of_reports,
                configuration_set=tracking.reports_name,
            )

    def _watch(self) -> None:
        alarms = Alarms(self, "Alarms", self._config)
        alarms.watch_queues(self._all_queues)
        alarms.watch_missed_reports(self._missed_reports)
        alarms.watch_reading(self._dead_letter_reader)
        alarms.watch_streams(self._archive.streams_by_name)
        alarms.watch_errors(self._functions)
        alarms.watch_api(self._http_api)
        if self._config.sends(Channel.EMAIL):
            alarms.watch_reputation()
        alarms.watch_limiter(self._sender)
        alarms.watch_heartbeat("Sweeper", self._sweeper)
        alarms.watch_heartbeat("WebhookDispatcher", self._webhook_dispatcher)
        alarms.watch_heartbeat("Analytics", self._analytics, cdk.Duration.hours(1))
        alarms.watch_webhooks(self._webhook_dispatcher)
        alarms.watch_circuits(self._sweeper)
        alarms.watch_books(self._bookkeeper)
        alarms.watch_archive([self._event_processor, self._inventory], self._inventory)
        if minutes := self._config.canary_minutes:
            alarms.watch_canary(self._canary, cdk.Duration.minutes(minutes))
        self._show(alarms)

    def _show(self, alarms: Alarms) -> None:
        dashboard = Dashboard(self, "Dashboard", self._config)
        dashboard.show_alarms(alarms.all)
        dashboard.show_sending(self._api, self._sender)
        dashboard.show_outcomes(self._canary)
        streams = self._archive.streams_by_name
        dashboard.show_events(self._event_processor, self._sweeper, streams)
        dashboard.show_queues(self._all_queues)
        dashboard.show_functions(self._functions)
        dashboard.show_api(self._http_api, self._webhook_dispatcher, self._bookkeeper)
        dashboard.show_cost(self._http_api, self._functions, streams, self._limiter)

    def _name_outputs(self) -> None:
        outputs = {
            "ApiUrl": self._http_api.url,
            "HttpApiId": self._http_api.http_api.http_api_id,
            "DatabaseSecret": self._database.secret_name,
            "ArchiveBucket": self._archive.bucket.bucket_name,
            "LimiterTable": self._limiter.table_name,
            "Channels": ",".join(self._config.channels),
            "ReportConfigurationSet": self._tracking.reports_name,
            **{
                f"{channel.title()}ConfigurationSet": name
                for channel, name in self._tracking.sets.items()
            },
            **{f"{name}Function": each.function_name for name, each in self._functions.items()},
            **{
                f"{durable.node.id}QueueUrl": durable.queue.queue_url
                for durable in self._all_queues
            },
            **{
                f"{name}Stream": stream.delivery_stream_name
                for name, stream in self._archive.streams_by_name.items()
            },
        }
        if self._database.endpoint:
            outputs["DatabaseEndpoint"] = self._database.endpoint
        if self._network:
            outputs |= self._network.outputs
        if self._identity:
            outputs |= self._identity.dns_records
        if domain := self._http_api.domain:
            outputs["ApiDomainRecord"] = f"{domain.name}. CNAME {domain.regional_domain_name}."
        for name, value in outputs.items():
            cdk.CfnOutput(self, f"{name}Output", value=value).override_logical_id(name)
