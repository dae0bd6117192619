"""The Lambda behind the HTTP API: it decodes the gateway's event, delegates, and encodes."""

from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.logging.correlation_paths import API_GATEWAY_HTTP
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.api.audiences import AudienceService
from message_tracker.api.daily import DailyDesk
from message_tracker.api.group_control import GroupControl
from message_tracker.api.group_limits import GroupLimits
from message_tracker.api.hits import HitService
from message_tracker.api.http import http_api
from message_tracker.api.recipient_lists import RecipientLists
from message_tracker.api.redrive import RedriveDesk
from message_tracker.api.reports import ReportDesk
from message_tracker.api.results import ResultCounts
from message_tracker.api.send_queues import SendQueues
from message_tracker.api.service import IntakeService
from message_tracker.api.services import Services
from message_tracker.api.sns import SnsIntake
from message_tracker.api.statistics_report import StatisticsReport
from message_tracker.api.suppressions import SuppressionDesk
from message_tracker.api.template_service import TemplateService
from message_tracker.api.webhooks import WebhookService
from message_tracker.core.aws.clients import (
    email_list_client,
    later,
    look_client,
    notification_client,
    object_client,
    queue_client,
    text_list_client,
)
from message_tracker.core.aws.fleet_rates import FleetRates
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.aws.s3 import S3Objects
from message_tracker.core.aws.sealing import SealedSecrets
from message_tracker.core.aws.secrets import database_url, signing_keys, webhook_password
from message_tracker.core.aws.signing_keys import SecretKeyRing
from message_tracker.core.aws.sns import SnsSubscriptions, SnsVerifier, fetch_certificate
from message_tracker.core.aws.sqs import SqsQueue
from message_tracker.core.aws.start import at_start
from message_tracker.core.aws.suppression_lists import SesSuppressionList, SmsOptOutList
from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.rate import TIMELINES
from message_tracker.core.observability import logger, tells_errors
from message_tracker.core.ports import SuppressionList
from message_tracker.core.settings import ApiSettings
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.audiences import Audiences
from message_tracker.core.store.backlog import Backlogs
from message_tracker.core.store.callbacks import Callbacks
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.daily import DailyAnalytics
from message_tracker.core.store.database import Database
from message_tracker.core.store.group_options import GroupSettings
from message_tracker.core.store.group_orders import GroupOrders
from message_tracker.core.store.groups import Groups
from message_tracker.core.store.imports import Imports
from message_tracker.core.store.intake import Intake
from message_tracker.core.store.messages import Messages
from message_tracker.core.store.redrives import Redrives
from message_tracker.core.store.reports import SentReports
from message_tracker.core.store.stats import Statistics
from message_tracker.core.store.suppressions import Suppressions
from message_tracker.core.store.templates import Templates
from message_tracker.core.store.webhooks import Webhooks

_LOGGER = logger("api")
_STATEMENT_TIMEOUT: Final = timedelta(seconds=20)  # the gateway gives up after 30 s
_PATIENCE: Final = timedelta(seconds=5)  # whoever waits longer is better told when to come again


@cache
def _api() -> APIGatewayHttpResolver:
    settings = ApiSettings.from_env()
    database = _database()
    templates = Templates(database)
    intake = IntakeService(
        Intake(database),
        SendQueues.of(settings, _queue),
        backlogs=Backlogs(database),
        rates=_rates(settings),
        rules=_rules(settings),
        lists=_lists(settings),
        find_template=templates.find,
        clock=_now,
    )
    sns = _sns(settings) if settings.sns_topic_arns else None
    return http_api(
        Services(
            intake=intake,
            sns=sns,
            keys=ApiKeys(database),
            messages=Messages(database),
            groups=Groups(database),
            control=GroupControl(GroupOrders(database), _now),
            redrive=RedriveDesk(Redrives(database), _now),
            group_limits=GroupLimits(GroupSettings(database), _now),
            statistics=StatisticsReport(Statistics(database), _now),
            audiences=AudienceService(Audiences(database), _rules(settings), _now),
            imports=Imports(database),
            webhooks=_webhooks(settings, database),
            circuits=Circuits(database),
            suppressions=_suppressions(settings, database),
            hits=_hits(settings),
            templates=TemplateService(templates, _now),
            reports=_reports(settings, database),
            daily=DailyDesk(DailyAnalytics(database), _now),
            results=ResultCounts(database, _now),
            database=database,
        )
    )


def _rules(settings: ApiSettings) -> AddressRules:
    return AddressRules(settings.default_region, settings.text_countries, settings.channels)


def _now() -> datetime:
    return datetime.now(UTC)


def _webhooks(settings: ApiSettings, database: Database) -> WebhookService:
    return WebhookService(
        webhooks=Webhooks(database),
        callbacks=Callbacks(database),
        seal=SealedSecrets(webhook_password(settings)),
        queue=SqsQueue(queue_client(), settings.webhook_queue_url),
        local_hosts=settings.webhook_local_hosts,
        clock=_now,
    )


@cache
def _database() -> Database:
    url = database_url(ApiSettings.from_env())
    return Database(url, statement_timeout=_STATEMENT_TIMEOUT, patience=_PATIENCE)


def _queue(url: str) -> SqsQueue:
    return SqsQueue(queue_client(), url)


def _lists(settings: ApiSettings) -> RecipientLists:
    return RecipientLists(
        Audiences(_database()),
        S3Objects(later(object_client)),
        _queue(settings.import_queue_url),
        settings.import_sources,
        settings.default_audience,
    )


def _hits(settings: ApiSettings) -> HitService:
    queue = SqsQueue(queue_client(), settings.event_queue_url)
    return HitService(SecretKeyRing(signing_keys(settings), _now), queue, _now)


def _reports(settings: ApiSettings, database: Database) -> ReportDesk:
    return ReportDesk(
        SentReports(database),
        S3Objects(later(object_client)),
        settings.report_bucket,
        SecretKeyRing(signing_keys(settings), _now),
        _now,
    )


def _suppressions(settings: ApiSettings, database: Database) -> SuppressionDesk:
    lists: dict[Channel, SuppressionList] = {}
    if Channel.EMAIL in settings.channels:
        lists[Channel.EMAIL] = SesSuppressionList(
            later(partial(email_list_client, is_patient=False))
        )
    if Channel.TEXT in settings.channels:
        lists[Channel.TEXT] = SmsOptOutList(
            later(partial(text_list_client, is_patient=False)), settings.text_opt_out_list
        )
    return SuppressionDesk(Suppressions(database), lists, default_region=settings.default_region)


def _rates(settings: ApiSettings) -> FleetRates:
    tables = {
        channel: RateTable(later(look_client), settings.limiter_table, key)
        for channel, key in TIMELINES.items()
    }
    configured = {
        Channel.EMAIL: settings.email_per_second,
        Channel.TEXT: settings.text_segments_per_second,
    }
    return FleetRates(tables, configured, _now)


def _sns(settings: ApiSettings) -> SnsIntake:
    return SnsIntake(
        verifier=SnsVerifier(fetch_certificate, _now),
        subscriptions=SnsSubscriptions(notification_client),
        queue=_queue(settings.event_queue_url),
        topic_arns=settings.sns_topic_arns,
        clock=_now,
    )


@tells_errors
@_LOGGER.inject_lambda_context(correlation_id_path=API_GATEWAY_HTTP, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return _api().resolve(event, context)


at_start(_api)
