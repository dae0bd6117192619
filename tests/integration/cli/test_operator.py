"""The operator's commands that need nothing but the database."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner, Result

from message_tracker.cli.main import app, program
from message_tracker.core.domain.api_key import KeyTerms, Scope
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, MessageId
from message_tracker.core.domain.outcome import ChannelFault
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database
from tests import postgres


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    with postgres.fresh_database(postgres_url) as url:
        yield url


def run(database_url: str, *arguments: str) -> Result:
    return CliRunner().invoke(program, arguments, env={"MT_DATABASE_URL": database_url})


def test_migrate_brings_an_empty_database_to_the_present_schema(empty_database_url: str) -> None:
    first, second = run(empty_database_url, "migrate"), run(empty_database_url, "migrate")

    assert "applied 0001_pre_" in first.output
    assert "0 applied; the schema is up to date" in second.output


def test_migrate_applies_one_phase_when_told_so(empty_database_url: str) -> None:
    after = run(empty_database_url, "migrate", "--phase", "pre")
    rest = run(empty_database_url, "migrate", "--phase", "post")

    assert "applied 0001_pre_" in after.output
    assert "applied 0001_pre_" not in rest.output


def test_a_created_key_opens_the_api_until_it_is_revoked(
    database: Database, database_url: str
) -> None:
    created = run(database_url, "keys", "create", "shop").output
    key_id, key = re.findall(r"^(?:id|key) +(\S+)$", created, re.MULTILINE)
    keys = ApiKeys(database)

    admission = keys.admit(key)
    assert admission is not None
    assert str(admission.caller.api_key_id) == key_id
    listed = run(database_url, "keys", "list").output
    assert "shop" in listed
    assert key not in listed
    assert 0 == run(database_url, "keys", "revoke", key_id).exit_code
    assert keys.admit(key) is None
    assert 1 == run(database_url, "keys", "revoke", key_id).exit_code


def test_a_key_is_made_to_its_maker_s_terms(database: Database, database_url: str) -> None:
    options = "--scope send:sms --test --country us --country GB --messages-per-second 2.5"
    run(database_url, "keys", "create", "tests", *options.split(), "--expires-in-days", "90")

    [made] = ApiKeys(database).list_all()

    assert made.terms.expires_at is not None
    assert 89 <= (made.terms.expires_at - datetime.now(UTC)).days <= 90
    assert made.terms == KeyTerms(
        scopes={Scope.SEND_TEXT},
        is_test=True,
        countries={"US", "GB"},
        messages_per_second=2.5,
        expires_at=made.terms.expires_at,
    )
    listed = run(database_url, "keys", "list").output
    assert all(word in listed for word in ("test", "GB", "US", "2.5"))


def test_a_country_that_is_none_makes_no_key(database: Database, database_url: str) -> None:
    refused = run(database_url, "keys", "create", "tests", "--country", "XX")

    assert 2 == refused.exit_code
    assert [] == ApiKeys(database).list_all()


def test_an_open_circuit_is_shown_with_advice_and_closed(
    database: Database, database_url: str
) -> None:
    fault = ChannelFault("ses/SendingPausedException", "Sending [is] paused")
    now = datetime(2030, 1, 31, 9, tzinfo=UTC)
    Circuits(database).open(Channel.EMAIL, fault, MessageId(new_id()), now=now)

    shown = run(database_url, "circuit", "show").output
    closed = [run(database_url, "circuit", "close", "email").exit_code for _ in range(2)]

    assert "email: open since 2030-01-31 09:00:00 UTC, ses/SendingPausedException" in shown
    assert "Sending [is] paused" in shown
    assert "resume when it is settled" in shown
    assert "next probe  2030-01-31 09:01:00 UTC, after 0 in vain" in shown
    assert [0, 1] == closed
    assert "every channel is sending" in run(database_url, "circuit", "show").output


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "MT_DATABASE_URL"),
        ({"MT_DATABASE_URL": "not a url"}, "postgresql://"),
        ({"MT_DATABASE_URL": "postgresql://db.example.com/x?sslmode=disable"}, "verify-full"),
    ],
)
def test_a_wrong_setting_is_named_without_a_traceback(
    environment: dict[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("MT_DATABASE_URL", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["message-tracker", "migrate"])

    with pytest.raises(SystemExit) as left:
        app()

    assert left.value.code
    written = capsys.readouterr()
    assert said in written.err
    assert "Traceback" not in written.err + written.out
