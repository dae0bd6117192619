"""The Lambda behind the HTTP API: it decodes the gateway's event, delegates, and encodes."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.api.audiences import AudienceService
from message_tracker.api.group_control import GroupControl
from message_tracker.api.hits import HitService
from message_tracker.api.http import http_api
from message_tracker.api.results import ResultCounts
from message_tracker.api.send_queues import SendQueues
from message_tracker.api.service import IntakeService
from message_tracker.api.services import Services
from message_tracker.api.sns import SnsIntake
from message_tracker.api.suppressions import SuppressionDesk
from message_tracker.api.template_service import TemplateService
from message_tracker.api.webhooks import WebhookService
from message_tracker.core.aws.clients import (
    email_list_client,
    look_client,
    notification_client,
    queue_client,
    text_list_client,
)
from message_tracker.core.aws.fleet_rates import FleetRates
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.aws.sealing import SealedSecrets
from message_tracker.core.aws.secrets import database_url, signing_keys, webhook_password
from message_tracker.core.aws.signing_keys import SecretKeyRing
from message_tracker.core.aws.sns import SnsSubscriptions, SnsVerifier, fetch_certificate
from message_tracker.core.aws.sqs import SqsQueue
from message_tracker.core.aws.suppression_lists import SesSuppressionList, SmsOptOutList
from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.domain.rate import TIMELINES
from message_tracker.core.observability import logger
from message_tracker.core.settings import ApiSettings
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.audiences import Audiences
from message_tracker.core.store.backlog import Backlogs
from message_tracker.core.store.callbacks import Callbacks
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database
from message_tracker.core.store.group_orders import GroupOrders
from message_tracker.core.store.groups import Groups
from message_tracker.core.store.intake import Intake
from message_tracker.core.store.messages import Messages
from message_tracker.core.store.suppressions import Suppressions
from message_tracker.core.store.templates import Templates
from message_tracker.core.store.webhooks import Webhooks

_LOGGER = logger("api")
_STATEMENT_TIMEOUT: Final = timedelta(seconds=20)  # the gateway gives up after 30 s


@cache
def _api() -> APIGatewayHttpResolver:
    settings = ApiSettings.from_env()
    database = _database()
    templates = Templates(database)
    intake = IntakeService(
        Intake(database),
        _send_queues(settings),
        backlogs=Backlogs(database),
        rates=_rates(settings),
        default_region=settings.default_region,
        countries=settings.text_countries,
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
            audiences=AudienceService(Audiences(database), _rules(settings), _now),
            webhooks=_webhooks(settings, database),
            circuits=Circuits(database),
            suppressions=_suppressions(settings, database),
            hits=_hits(settings),
            templates=TemplateService(templates, _now),
            results=ResultCounts(database, _now),
            database=database,
        )
    )


def _rules(settings: ApiSettings) -> AddressRules:
    return AddressRules(settings.default_region, settings.text_countries)


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
    return Database(url, statement_timeout=_STATEMENT_TIMEOUT)


def _send_queues(settings: ApiSettings) -> SendQueues:
    urls = {
        (Channel.EMAIL, Kind.TRANSACTIONAL): settings.email_queue_url,
        (Channel.EMAIL, Kind.MARKETING): settings.email_bulk_queue_url,
        (Channel.TEXT, Kind.TRANSACTIONAL): settings.text_queue_url,
        (Channel.TEXT, Kind.MARKETING): settings.text_bulk_queue_url,
    }
    queues = {key: SqsQueue(queue_client(), url) for key, url in urls.items()}
    return SendQueues(queues, settings)


def _hits(settings: ApiSettings) -> HitService:
    queue = SqsQueue(queue_client(), settings.event_queue_url)
    return HitService(SecretKeyRing(signing_keys(settings), _now), queue, _now)


def _suppressions(settings: ApiSettings, database: Database) -> SuppressionDesk:
    return SuppressionDesk(
        Suppressions(database),
        {
            Channel.EMAIL: SesSuppressionList(email_list_client(is_patient=False)),
            Channel.TEXT: SmsOptOutList(
                text_list_client(is_patient=False), settings.text_opt_out_list
            ),
        },
        default_region=settings.default_region,
    )


def _rates(settings: ApiSettings) -> FleetRates:
    tables = {
        channel: RateTable(look_client(), settings.limiter_table, key)
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
        queue=SqsQueue(queue_client(), settings.event_queue_url),
        topic_arns=settings.sns_topic_arns,
        clock=_now,
    )


@_LOGGER.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return _api().resolve(event, context)
