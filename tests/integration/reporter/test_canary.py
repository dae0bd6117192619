"""The scheduled canary at the real API: by a key of its own, to the simulators alone."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from message_tracker.core.domain.errors import ConfigurationFault, PermanentError
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.simulators import is_simulator
from message_tracker.core.store.api_keys import ApiKeys, simulator_key
from message_tracker.core.store.database import Database
from message_tracker.failed_message_reporter.canary.service import KEY_ID, ScheduledCanary
from tests.http_api import ApiUnderTest, HttpAnswer, api_on

NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
FIRST, SECOND = "a" * 43, "B" * 43


class Caller:
    """Calls the API under test as HTTP does."""

    def __init__(self, api: ApiUnderTest, key: str) -> None:
        self._api = api
        self._key = key

    def get(self, path: str) -> Mapping[str, Any]:
        return self._answer(self._api.call("GET", path, key=self._key))

    def post(
        self, path: str, body: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> Mapping[str, Any]:
        return self._answer(self._api.call("POST", path, body=json.dumps(body), key=self._key))

    def _answer(self, answer: HttpAnswer) -> Mapping[str, Any]:
        if answer.status >= 400:
            raise PermanentError(f"answered {answer.status}")
        found: Mapping[str, Any] = answer.json
        return found


@pytest.fixture
def api(database: Database) -> Iterator[ApiUnderTest]:
    yield from api_on(database)


def a_canary(api: ApiUnderTest, database: Database, secret: str = FIRST) -> ScheduledCanary:
    return ScheduledCanary(
        keys=ApiKeys(database),
        stage="test",
        secret=lambda: secret,
        api=lambda key: Caller(api, key),
        channels=tuple(Channel),
        within=0,
        clock=lambda: NOW,
    )


def test_it_is_accepted_for_simulators_as_test_messages(
    api: ApiUnderTest, database: Database
) -> None:
    flights = a_canary(api, database).fly()

    rows = database.fetch("SELECT recipient, is_test FROM message ORDER BY recipient")
    assert ["queued", "queued"] == [flight.status for flight in flights]
    assert all(is_simulator(row["recipient"]) and row["is_test"] for row in rows)
    assert [{"name": "scheduled canary"}] == database.fetch("SELECT name FROM message_group")


def test_every_run_uses_the_same_key(api: ApiUnderTest, database: Database) -> None:
    a_canary(api, database).fly()
    a_canary(api, database).fly()

    assert [KEY_ID] == [key.api_key_id for key in ApiKeys(database).list_all() if key.terms.is_test]


def test_another_secret_is_another_key_and_the_end_of_the_first(
    api: ApiUnderTest, database: Database
) -> None:
    a_canary(api, database, FIRST).fly()

    flights = a_canary(api, database, SECOND).fly()

    assert ["queued", "queued"] == [flight.status for flight in flights]
    assert ApiKeys(database).admit(simulator_key("test", FIRST)) is None


def test_who_revokes_its_key_grounds_it(api: ApiUnderTest, database: Database) -> None:
    a_canary(api, database).fly()
    ApiKeys(database).revoke(KEY_ID, NOW + timedelta(minutes=1))

    flights = a_canary(api, database).fly()

    assert ["not accepted", "not accepted"] == [flight.status for flight in flights]
    assert all("401" in flight.why for flight in flights)


def test_a_secret_that_is_no_key_is_named(api: ApiUnderTest, database: Database) -> None:
    with pytest.raises(ConfigurationFault, match="43 random letters"):
        a_canary(api, database, "changeit").fly()
