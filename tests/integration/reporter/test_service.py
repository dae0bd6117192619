"""A report comes once per period, on time, whatever fails meanwhile."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html import unescape
from threading import Barrier

import pytest

from message_tracker.core.domain.errors import (
    ConfigurationFault,
    MessageTrackerError,
    PermanentError,
    Unavailable,
)
from message_tracker.core.domain.message import Channel, OutboundEmail
from message_tracker.core.domain.outcome import Accepted, Outcome, Refused, Throttled, Unknown
from message_tracker.core.domain.period import Period
from message_tracker.core.domain.signed_token import Purpose, SigningKeys, verify
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database
from message_tracker.core.store.reports import SentReport
from message_tracker.failed_message_reporter.service import (
    FORSAKEN_AFTER,
)
from tests.failed_messages import IN_PERIOD, NOW, Ledger
from tests.fakes import FakeEmailProvider
from tests.report_desk import Desk

DAY = Period(datetime(2026, 8, 30, 22, tzinfo=UTC), datetime(2026, 8, 31, 22, tzinfo=UTC))
KEY = "reports/daily/20260831T220000Z"


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_the_report_of_the_last_period_is_kept_and_sent(desk: Desk, ledger: Ledger) -> None:
    ledger.bounced()
    ledger.message()

    sent = desk.service().report()

    assert [SentReport(DAY, 1, 2, f"{KEY}.html", "ses-1")] == sent
    (email,) = desk.email.calls
    assert "ops@example.com" == email.recipient
    assert "Message Tracker test: 1 failure among 2 messages (daily report)" == email.subject
    assert ["failures.csv"] == [file.name for file in email.attachments]
    assert {("archive", f"{KEY}.{form}") for form in ("html", "txt", "csv")} == {
        *desk.objects.objects
    }
    assert email.html is not None
    assert email.html.encode() == desk.objects.objects["archive", f"{KEY}.html"]


def test_the_run_writes_down_what_it_sent(desk: Desk, ledger: Ledger) -> None:
    ledger.bounced()

    desk.service().report()

    (run,) = desk.database.fetch("SELECT * FROM report_run")
    assert desk.email.calls[0].message_id == run["report_run_id"]
    assert (1, 1, f"{KEY}.html", "ses-1", NOW) == (
        run["failures"],
        run["accepted"],
        run["object_key"],
        run["provider_message_id"],
        run["sent_at"],
    )


PUBLIC = {
    "public_url": "https://api.example.com/",
    "dashboard_url": "https://console.example.com/#dashboards/dashboard/message-tracker-test",
}


def links_of(email: OutboundEmail) -> list[str]:
    """Return the addresses that the page links to; the text names the same."""
    assert email.html is not None
    assert email.text is not None
    found = [unescape(link) for link in re.findall(r'href="([^"]+)"', email.html)]
    assert found == re.findall(r"https://\S+", email.text)
    return found


def test_the_mail_links_to_the_report_its_list_and_the_dashboard(
    desk: Desk, ledger: Ledger
) -> None:
    ledger.bounced()

    desk.service(PUBLIC).report()

    (email,) = desk.email.calls
    web, whole_list, dashboard = links_of(email)
    token = web.removeprefix("https://api.example.com/r/")
    claim = verify(Purpose.REPORT, token, desk.key_ring.keys())
    assert (email.message_id, NOW) == (claim.message_id, claim.made_at)
    assert (f"{web}.csv", PUBLIC["dashboard_url"]) == (whole_list, dashboard)


def test_a_quiet_day_has_no_list_to_link_to(desk: Desk) -> None:
    desk.service(PUBLIC).report()

    assert not [link for link in links_of(desk.email.calls[0]) if link.endswith(".csv")]


def test_without_an_address_of_ours_there_is_no_link(desk: Desk) -> None:
    desk.service().report()

    assert [] == links_of(desk.email.calls[0])


@pytest.mark.parametrize("error", [Unavailable("throttled"), ConfigurationFault("no secret")])
def test_a_report_goes_out_also_when_its_link_cannot_be_signed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: MessageTrackerError
) -> None:
    def out_of_reach(_knowing: int | None = None) -> SigningKeys:
        raise error

    monkeypatch.setattr(desk.key_ring, "keys", out_of_reach)

    desk.service(PUBLIC).report()

    assert [PUBLIC["dashboard_url"]] == links_of(desk.email.calls[0])


def test_a_quiet_day_is_reported_too(desk: Desk) -> None:
    (sent,) = desk.service().report()

    assert (0, 0) == (sent.failures, sent.accepted)
    assert "0 failures among 0 messages" in desk.email.calls[0].subject


def test_a_spreadsheet_takes_the_list_for_utf_8(desk: Desk) -> None:
    desk.service().report()

    assert desk.objects.objects["archive", f"{KEY}.csv"].startswith(b"\xef\xbb\xbfmessage_id,")


def test_a_second_run_finds_nothing_to_do(desk: Desk) -> None:
    desk.service().report()

    assert [] == desk.service().report()
    assert 1 == len(desk.email.calls)


def test_of_many_runs_at_once_one_sends(desk: Desk, database_url: str) -> None:
    runs = 4
    start = Barrier(runs, timeout=30)

    def run(_: int) -> int:
        database = Database(lambda: database_url)
        service = desk.service(database=database)
        start.wait()
        try:
            return len(service.report())
        finally:
            database.close()

    with ThreadPoolExecutor(runs) as pool:
        sent = list(pool.map(run, range(runs)))

    assert [0, 0, 0, 1] == sorted(sent)
    assert 1 == len(desk.email.calls)


def test_skipped_days_are_caught_up_in_order(desk: Desk) -> None:
    desk.service().report()
    desk.now += timedelta(days=3)

    sent = desk.service().report()

    ends = [DAY.end + timedelta(days=day) for day in (1, 2, 3)]
    assert ends == [report.period.end for report in sent]


def test_a_period_that_has_just_ended_is_left_to_settle(desk: Desk) -> None:
    desk.service().report()
    desk.now = DAY.end + timedelta(days=1, seconds=90)

    assert [] == desk.service().report()


REFUSED = Refused("ses/MessageRejected", "jane@example.com is not verified", permanent=True)
PASSING = Refused("ses/SendingPausedException", "paused", permanent=False)


@pytest.mark.parametrize(
    ("outcome", "error", "told"),
    [
        pytest.param(REFUSED, ConfigurationFault, "ses/MessageRejected", id="refused for good"),
        pytest.param(PASSING, Unavailable, "ses/SendingPausedException", id="refused for now"),
        pytest.param(Throttled("rate"), Unavailable, "throttled", id="throttled"),
        pytest.param(Unknown("timeout"), Unavailable, "may have been sent", id="unknown"),
    ],
)
def test_a_report_that_did_not_go_out_raises_without_naming_anybody(
    desk: Desk, outcome: Outcome, error: type[MessageTrackerError], told: str
) -> None:
    desk.provider_answers(outcome)

    with pytest.raises(error, match=told) as raised:
        desk.service().report()

    assert "@" not in str(raised.value)
    assert [(DAY.end, False)] == desk.runs()


@pytest.mark.parametrize("outcome", [REFUSED, PASSING, Throttled("rate")])
def test_what_was_certainly_not_sent_is_sent_by_the_next_run(desk: Desk, outcome: Outcome) -> None:
    desk.provider_answers(outcome)
    with pytest.raises(MessageTrackerError):
        desk.service().report()

    sent = desk.service().report()

    assert [DAY] == [report.period for report in sent]
    first, second = desk.email.calls
    assert first.message_id == second.message_id


def test_what_may_have_been_sent_is_taken_over_only_later(desk: Desk) -> None:
    desk.provider_answers(Unknown("timeout"))
    with pytest.raises(Unavailable):
        desk.service().report()

    at_once = desk.service().report()
    desk.now += FORSAKEN_AFTER + timedelta(seconds=1)
    later = desk.service().report()

    assert ([], [DAY]) == (at_once, [report.period for report in later])


def test_a_report_that_could_not_be_kept_is_not_sent_and_tried_again(desk: Desk) -> None:
    desk.objects.error = Unavailable("S3: SlowDown")
    with pytest.raises(Unavailable):
        desk.service().report()
    desk.objects.error = None

    sent = desk.service().report()

    assert (1, 1) == (len(sent), len(desk.email.calls))


def test_every_recipient_gets_an_email_of_their_own(desk: Desk) -> None:
    desk.service({"report_recipients": "a@example.com, b@example.com"}).report()

    assert ["a@example.com", "b@example.com"] == [email.recipient for email in desk.email.calls]


def test_one_recipients_fault_does_not_send_the_others_twice(desk: Desk) -> None:
    desk.email = FakeEmailProvider(
        answer=lambda email: REFUSED if email.recipient == "b@example.com" else Accepted("ses-1")
    )
    settings = {"report_recipients": "a@example.com, b@example.com"}
    with pytest.raises(ConfigurationFault, match="1 of 2 recipients: recipient 2: ses/"):
        desk.service(settings).report()

    again = desk.service(settings).report()

    assert ([], 2) == (again, len(desk.email.calls))


def test_a_person_may_ask_for_a_period_once(desk: Desk, ledger: Ledger) -> None:
    ledger.message(MessageStatus.FAILED, channel=Channel.TEXT, failed_at=NOW - timedelta(hours=1))
    until_now = Period(IN_PERIOD, NOW)

    first = desk.service().report(until_now)
    second = desk.service().report(until_now)

    assert ["reports/on_demand/20260901T070000Z.html"] == [report.object_key for report in first]
    assert (1, []) == (first[0].failures, second)


def test_asking_does_not_disturb_the_schedule(desk: Desk) -> None:
    desk.service().report(Period(IN_PERIOD, NOW))

    assert [DAY] == [report.period for report in desk.service().report()]


def test_a_period_that_is_yet_to_come_is_refused(desk: Desk) -> None:
    with pytest.raises(PermanentError, match=r"period\.end: .* is yet to come"):
        desk.service().report(Period(IN_PERIOD, NOW + timedelta(seconds=1)))

    assert [] == desk.runs()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"report_time_zone": "Mars/Olympus"}, "MT_REPORT_TIME_ZONE"),
        ({"report_time_zone": "../etc/passwd"}, "MT_REPORT_TIME_ZONE"),
        ({"report_recipients": " , "}, "MT_REPORT_RECIPIENTS"),
    ],
)
def test_a_wrong_setting_is_named(desk: Desk, settings: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationFault, match=named):
        desk.service(settings)
