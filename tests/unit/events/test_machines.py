"""Opens and clicks of machines are told from those of people."""

from datetime import UTC, datetime, timedelta

import pytest

from message_tracker.core.domain.events.machines import machine
from tests.unit.events.records import load, parse

SENT_AT = datetime(2030, 1, 31, 9, tzinfo=UTC)
LATER = SENT_AT + timedelta(hours=1)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"


@pytest.mark.parametrize(
    "user_agent",
    [
        "Mozilla/5.0",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        "Mozilla/5.0 (Windows NT 10.0) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
        "Mimecast Link Scanner",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "python-requests/2.32.3",
        "curl/8.9.1",
    ],
)
def test_a_proxy_a_scanner_or_a_program_is_known_by_its_name(user_agent: str) -> None:
    assert machine(user_agent, LATER, SENT_AT) == "user agent"


@pytest.mark.parametrize(
    "user_agent",
    [IPHONE, "Mozilla/5.0 (Linux; Android 11; CUBOT X50) Chrome/120.0 Mobile Safari/537.36", "", 7],
)
def test_any_other_name_may_be_a_persons(user_agent: object) -> None:
    assert machine(user_agent, LATER, SENT_AT) is None


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-1, "too soon"), (0, "too soon"), (5, "too soon"), (5.001, None)]
)
def test_nobody_reads_a_mail_within_five_seconds_of_its_sending(
    seconds: float, expected: str | None
) -> None:
    assert machine(IPHONE, SENT_AT + timedelta(seconds=seconds), SENT_AT) == expected


@pytest.mark.parametrize(("hit_at", "sent_at"), [(None, SENT_AT), (LATER, None), (None, None)])
def test_a_missing_time_proves_nothing(hit_at: datetime | None, sent_at: datetime | None) -> None:
    assert machine(IPHONE, hit_at, sent_at) is None


@pytest.mark.parametrize(("name", "part"), [("ses/open", "open"), ("ses/click", "click")])
def test_an_event_carries_the_rule_that_made_it_a_machines(name: str, part: str) -> None:
    record = load(name)
    by_proxy = record | {part: record[part] | {"userAgent": "GoogleImageProxy"}}
    at_once = record | {part: record[part] | {"timestamp": record["mail"]["timestamp"]}}

    assert "machine" not in parse(record).details
    assert parse(by_proxy).details["machine"] == "user agent"
    assert parse(at_once).details["machine"] == "too soon"
