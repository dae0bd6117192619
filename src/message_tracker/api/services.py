"""What the routes delegate to."""

from dataclasses import dataclass

from message_tracker.api.audiences import AudienceService
from message_tracker.api.daily import DailyDesk
from message_tracker.api.group_control import GroupControl
from message_tracker.api.group_limits import GroupLimits
from message_tracker.api.hits import HitService
from message_tracker.api.redrive import RedriveDesk
from message_tracker.api.reports import ReportDesk
from message_tracker.api.results import ResultCounts
from message_tracker.api.service import IntakeService
from message_tracker.api.sns import SnsIntake
from message_tracker.api.statistics_report import StatisticsReport
from message_tracker.api.suppressions import SuppressionDesk
from message_tracker.api.template_service import TemplateService
from message_tracker.api.webhooks import WebhookService
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database
from message_tracker.core.store.groups import Groups
from message_tracker.core.store.imports import Imports
from message_tracker.core.store.messages import Messages


@dataclass(frozen=True, slots=True)
class Services:
    """Everything behind the API; without `sns`, no topic may post."""

    intake: IntakeService
    sns: SnsIntake | None
    keys: ApiKeys
    messages: Messages
    groups: Groups
    control: GroupControl
    redrive: RedriveDesk
    group_limits: GroupLimits
    statistics: StatisticsReport
    audiences: AudienceService
    imports: Imports
    webhooks: WebhookService
    circuits: Circuits
    suppressions: SuppressionDesk
    hits: HitService
    templates: TemplateService
    reports: ReportDesk
    daily: DailyDesk
    results: ResultCounts
    database: Database
