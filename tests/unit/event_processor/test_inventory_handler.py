from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from message_tracker.core.domain.errors import Unavailable, Unparseable
from message_tracker.core.domain.message import Channel
from message_tracker.event_processor.inventory import handler as lambda_module
from message_tracker.event_processor.inventory.provider_lists import TakenOver
from message_tracker.event_processor.inventory.service import Taken
from message_tracker.event_processor.tally import Tally

CONTEXT: Any = SimpleNamespace(
    function_name="inventory",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:inventory",
    aws_request_id="r-1",
    get_remaining_time_in_millis=lambda: 900_000,
)


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    fields = {
        "MT_STAGE": "dev",
        "MT_DATABASE_URL": "postgresql:///none",
        "MT_ARCHIVE_BUCKET": "archive",
        "MT_EVENT_PREFIXES": "events/ses/,events/sms/",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
    }
    for name, value in fields.items():
        monkeypatch.setenv(name, value)
    lambda_module.inventory.cache_clear()
    lambda_module.provider_lists.cache_clear()
    yield
    lambda_module.inventory.cache_clear()
    lambda_module.provider_lists.cache_clear()


@pytest.mark.usefixtures("_environment")
def test_the_service_is_built_of_the_settings_once() -> None:
    built = lambda_module.inventory()

    assert built is lambda_module.inventory()
    assert ("archive", ("events/ses/", "events/sms/"), 3) == (
        built.bucket,
        built.prefixes,
        built.days,
    )
    assert built.now().tzinfo is not None
    assert set(Channel) == set(lambda_module.provider_lists().lists)


def test_what_was_found_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Taken(listed=9, missed=3, read=2, tally=Tally(matched=5, unmatched=1, quarantined=4))
    taken.failures["events/ses/broken"] = Unparseable("damaged")
    over = TakenOver(listed=8, new=7, failures={Channel.TEXT: Unavailable("gone")})
    asked: list[datetime] = []

    def take(until: datetime) -> Taken:
        asked.append(until)
        return taken

    monkeypatch.setattr(lambda_module, "inventory", lambda: SimpleNamespace(take=take))
    lists = SimpleNamespace(take_over=lambda _until: over)
    monkeypatch.setattr(lambda_module, "provider_lists", lambda: lists)

    counts = lambda_module.handler({}, CONTEXT)

    assert {
        "ObjectsListed": 9,
        "ObjectsMissed": 3,
        "ObjectsRead": 2,
        "EventsMissed": 6,
        "RecordsQuarantined": 4,
        "SuppressionsTakenOver": 7,
    } == counts
    assert len(asked) == 1
