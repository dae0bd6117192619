"""The HTTP API under test: on a real Postgres and fake queues, called with the gateway's events."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
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
from message_tracker.core.aws.sns import SnsVerifier
from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.api_key import KeyTerms, Scope
from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.domain.suppression import SuppressionReason
from message_tracker.core.settings import QueueSettings
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
from tests.callbacks import SEAL
from tests.fakes import (
    FakeKeyRing,
    FakeObjectStore,
    FakeQueue,
    FakeRates,
    FakeSubscriptions,
    FakeSuppressionList,
)
from tests.sns_posts import TOPIC_ARN, Certificates

BUCKET = "archive"
NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
QUEUE_SETTINGS = QueueSettings(
    stage="test",
    database_url="postgresql://localhost/unused",
    email_queue_url="unused",
    email_bulk_queue_url="unused",
    text_queue_url="unused",
    text_bulk_queue_url="unused",
)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What the gateway sends to the caller."""

    status: int
    headers: Mapping[str, str]
    json: Any


def http_event(
    method: str, path: str, *, body: object = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return an API Gateway HTTP API event, payload version 2.0; bytes come in base64."""
    path, _, query = path.partition("?")
    encoded = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "queryStringParameters": dict(parse_qsl(query, keep_blank_values=True)),
        "headers": {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": {
            "http": {"method": method, "path": path},
            "stage": "$default",
            "requestId": "made-up",
        },
        "body": encoded,
        "isBase64Encoded": isinstance(body, bytes),
    }


@dataclass(slots=True)
class ApiUnderTest:
    """The API with one valid key."""

    database: Database
    key: str
    queues: dict[tuple[Channel, Kind], FakeQueue] = field(
        default_factory=lambda: {
            (channel, kind): FakeQueue() for channel in Channel for kind in Kind
        }
    )
    now: datetime = NOW
    certificates: Certificates = field(default_factory=Certificates)
    subscriptions: FakeSubscriptions = field(default_factory=FakeSubscriptions)
    event_queue: FakeQueue = field(default_factory=FakeQueue)
    webhook_queue: FakeQueue = field(default_factory=FakeQueue)
    provider_lists: dict[Channel, FakeSuppressionList] = field(
        default_factory=lambda: {
            Channel.EMAIL: FakeSuppressionList(SuppressionReason.BOUNCE),
            Channel.TEXT: FakeSuppressionList(SuppressionReason.OPT_OUT),
        }
    )
    key_ring: FakeKeyRing = field(default_factory=FakeKeyRing)
    topic_arns: tuple[str, ...] = (TOPIC_ARN,)
    objects: FakeObjectStore = field(default_factory=FakeObjectStore)
    import_queue: FakeQueue = field(default_factory=FakeQueue)
    default_audience: str = ""
    rates: dict[Channel, float] = field(
        default_factory=lambda: {Channel.EMAIL: 14.0, Channel.TEXT: 45.0}
    )
    app: APIGatewayHttpResolver = field(init=False)

    def __post_init__(self) -> None:
        templates = Templates(self.database)
        intake = IntakeService(
            Intake(self.database),
            SendQueues(self.queues, QUEUE_SETTINGS),
            backlogs=Backlogs(self.database),
            rates=FakeRates(self.rates),
            rules=AddressRules(),
            lists=RecipientLists(
                Audiences(self.database),
                self.objects,
                self.import_queue,
                (f"s3://{BUCKET}/imports/",),
                self.default_audience,
            ),
            find_template=templates.find,
            clock=lambda: self.now,
        )
        sns = SnsIntake(
            verifier=SnsVerifier(self.certificates.fetch, lambda: self.now),
            subscriptions=self.subscriptions,
            queue=self.event_queue,
            topic_arns=self.topic_arns,
            clock=lambda: self.now,
        )
        self.app = http_api(
            Services(
                intake=intake,
                sns=sns if self.topic_arns else None,
                keys=ApiKeys(self.database),
                messages=Messages(self.database),
                groups=Groups(self.database),
                control=GroupControl(GroupOrders(self.database), lambda: self.now),
                redrive=RedriveDesk(Redrives(self.database), lambda: self.now),
                group_limits=GroupLimits(GroupSettings(self.database), lambda: self.now),
                statistics=StatisticsReport(Statistics(self.database), lambda: self.now),
                audiences=AudienceService(
                    Audiences(self.database), AddressRules(), lambda: self.now
                ),
                imports=Imports(self.database),
                webhooks=WebhookService(
                    webhooks=Webhooks(self.database),
                    callbacks=Callbacks(self.database),
                    seal=SEAL,
                    queue=self.webhook_queue,
                    local_hosts=(),
                    clock=lambda: self.now,
                ),
                circuits=Circuits(self.database),
                hits=HitService(self.key_ring, self.event_queue, lambda: self.now),
                suppressions=SuppressionDesk(
                    Suppressions(self.database), self.provider_lists, default_region=""
                ),
                templates=TemplateService(templates, lambda: self.now),
                reports=ReportDesk(
                    SentReports(self.database),
                    self.objects,
                    BUCKET,
                    self.key_ring,
                    lambda: self.now,
                ),
                daily=DailyDesk(DailyAnalytics(self.database), lambda: self.now),
                results=ResultCounts(self.database, lambda: self.now),
                database=self.database,
            )
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> HttpAnswer:
        """Call the API with its key, or with another, or with none (an empty one)."""
        key = self.key if key is None else key
        authorization = {"authorization": f"Bearer {key}"} if key else {}
        event = http_event(method, path, body=body, headers={**authorization, **(headers or {})})
        answer = self.app.resolve(event, cast("LambdaContext", object()))
        _check_described(self.app, method, path, answer)
        body = str(answer["body"])
        is_json = "json" in answer["headers"].get("Content-Type", "")
        return HttpAnswer(
            answer["statusCode"], answer["headers"], json.loads(body) if is_json else body
        )

    def send(self, request: object, headers: Mapping[str, str] | None = None) -> HttpAnswer:
        """Post a JSON value to /send."""
        return self.call("POST", "/send", body=json.dumps(request), headers=headers)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a table's rows."""
        return self.database.fetch(cast("Any", f"SELECT * FROM {table} ORDER BY 1"))


def _check_described(
    app: APIGatewayHttpResolver, method: str, path: str, answer: Mapping[str, Any]
) -> None:
    """Fail unless the route's operation says that it may answer this."""
    path = path.partition("?")[0]
    routes = [*app._static_routes, *app._dynamic_routes]
    route = next((one for one in routes if one.method == method and one.rule.match(path)), None)
    if route is None:
        assert answer["statusCode"] == 404
        return
    assert route.responses is not None
    described = cast("dict[int, Any]", route.responses)[answer["statusCode"]]["content"]
    media_type = answer["headers"]["Content-Type"].partition(";")[0]
    if model := described[media_type].get("model"):
        model.model_validate_json(answer["body"])


def api_on(database: Database) -> Iterator[ApiUnderTest]:
    """Yield the API on a migrated database."""
    terms = KeyTerms(scopes=frozenset(Scope))
    _, key = ApiKeys(database).create("test", "tests", NOW, terms)
    yield ApiUnderTest(database, key)
