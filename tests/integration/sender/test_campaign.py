"""A campaign of 2,000 through the real adapters, while the provider throttles and loses answers."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config

from message_tracker.core.aws.clients import PROVIDER
from message_tracker.core.aws.ses import SesEmailProvider
from message_tracker.core.aws.sms import SmsTextProvider
from message_tracker.core.domain.chunk import parse_chunk
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.database import Database
from message_tracker.core.store.events import ingest
from message_tracker.local.clients import client_options
from message_tracker.local.twin import LOCAL_CONFIGURATION_SET, Twin, TwinOptions, provider_twin
from message_tracker.local.twin.publication import ProviderEvent, Route
from message_tracker.local.twin.weather import Weather
from tests.outbox import Outbox, VirtualClock

OF_EACH_CHANNEL = 1_000
MOST_RECEIVES = 10  # then SQS gives a chunk up
ROUNDS = 60
CONNECTIONS = 8


class Bus:
    """Keeps the provider's events until they are read."""

    def __init__(self) -> None:
        self.events: list[ProviderEvent] = []

    def deliver(self, event: ProviderEvent, _route: Route) -> None:
        self.events.append(event)

    def read_into(self, database: Database) -> None:
        """Do what the event processor does with them."""
        taken, self.events = self.events, []
        read = [parse_event(json.dumps(event.bodies[Route.STREAM]).encode()) for event in taken]
        with database.transaction() as cursor:
            ingest(cursor, [event for event in read if isinstance(event, DeliveryEvent)])


class Sqs:
    """Delivers chunks to senders until they are done with them; or to nobody, after ten times."""

    def __init__(self, outbox: Outbox, pool: ThreadPoolExecutor) -> None:
        self.dead_letters: list[str] = []
        self._outbox = outbox
        self._sender = outbox.sender(pool=pool)
        self._receives: Counter[str] = Counter()

    def deliver(self) -> None:
        for queue in self._outbox.queues.values():
            bodies, queue.bodies = queue.bodies, []
            for body in bodies:
                self._receive(body)

    def _receive(self, body: str) -> None:
        self._receives[body] += 1
        if self._receives[body] > MOST_RECEIVES:
            self.dead_letters.append(body)
            return
        self._sender.send(parse_chunk(body), self._outbox.deadline())


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def twin(bus: Bus) -> Iterator[Twin]:
    options = TwinOptions(first_event_after=0, outcome_after=0, texts_on_the_bus=False)
    with provider_twin(sink=bus, options=options) as running:
        running.weather = Weather(throttle=0.3, lose_response=0.05, double=0.1, seed=3)
        yield running


@pytest.fixture
def campaign(database: Database, twin: Twin) -> Outbox:
    """An outbox of 2,000 messages that sends to the twin; its time is virtual, and starts now."""
    options = client_options(twin.url)
    options["config"] = PROVIDER.merge(Config(max_pool_connections=CONNECTIONS, proxies={}))
    outbox = Outbox(database, VirtualClock(datetime.now(UTC)))
    outbox.providers = (
        SesEmailProvider(
            boto3.client("sesv2", **options), "News <news@example.com>", LOCAL_CONFIGURATION_SET
        ),
        SmsTextProvider(
            boto3.client("pinpoint-sms-voice-v2", **options),
            "+12065550100",
            LOCAL_CONFIGURATION_SET,
        ),
    )
    group_id = outbox.group()
    for channel in Channel:
        outbox.accept(
            OF_EACH_CHANNEL,
            group_id=group_id,
            channel=channel,
            kind=Kind.MARKETING,
            is_enqueued=False,
        )
    return outbox


def test_a_campaign_in_bad_weather_is_sent_whole_and_nobody_twice(
    campaign: Outbox, twin: Twin, bus: Bus, database: Database
) -> None:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        sqs = Sqs(campaign, pool)
        for _ in range(ROUNDS):
            campaign.sweep()
            sqs.deliver()
            assert twin.wait_until_quiet(timeout_seconds=30)
            bus.read_into(database)
            campaign.clock.advance(timedelta(minutes=1))
            if not database.fetch("SELECT message_id FROM dispatch LIMIT 1"):
                break

    stats = twin.stats()
    books = BooksStore(database).read()
    total = 2 * OF_EACH_CHANNEL
    assert (total, total, []) == (
        stats["accepted"], stats["distinct_message_ids"], stats["duplicates"],
    )  # fmt: skip
    assert {"delivered": total} == campaign.statuses()
    assert ((), total) == (books.gaps, books.email.sent + books.text.sent)
    assert [] == sqs.dead_letters
    assert [{"most": 1}] == database.fetch("SELECT max(attempts) AS most FROM message_state")
