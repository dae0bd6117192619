"""What a stage costs: each line by hand, and the laws that a bill keeps."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from message_tracker.cli.cost import command
from message_tracker.cli.cost.bill import Runs, total, traced
from message_tracker.cli.cost.campaign import Campaign
from message_tracker.cli.cost.estimate import estimate
from message_tracker.cli.cost.figures import Figures, read_figures
from message_tracker.cli.cost.machinery import Machinery, Sending, Standing, read_machinery
from message_tracker.cli.cost.naive import naive
from message_tracker.cli.cost.standing import standing
from message_tracker.cli.main import program
from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.domain.message import Channel
from message_tracker.local.checkout import synthesized

PROD = Path(__file__).parents[2] / "infra" / "snapshots" / "prod.template.json"
FIGURES = read_figures()
volumes = st.integers(0, 10**9)


def a_sending(**changes: Any) -> Sending:  # noqa: ANN401 - fields of any type
    """Return a channel at 45 units a second, in chunks of a second."""
    usual = Sending(
        units_per_second=45,
        units_per_chunk=45,
        concurrency=2,
        buffer_seconds=60,
        buffer_bytes=5 * 2**20,
        has_fast_events=True,
        has_all_fast=False,
    )
    return replace(usual, **changes)


def a_machinery(
    sending: Sending | None = None,
    **changes: Any,  # noqa: ANN401 - fields of any type
) -> Machinery:
    """Return a stage whose functions are traced, and that stands idle."""
    usual = Machinery(
        memory_mb={"api": 1024, "sender": 512, "event-processor": 1024, "sweeper": 512},
        traced=frozenset({"api", "sender", "event-processor", "sweeper"}),
        log_days=30,
        event_batch=10,
        event_window_seconds=0,
        channels=dict.fromkeys(Channel, sending or a_sending()),
        standing=Standing(
            alarms=0,
            dashboards=0,
            secrets=0,
            keys=0,
            nat_gateways=0,
            endpoint_zones=0,
            capacity_units=0,
            event_sources=0,
            runs_per_hour={},
        ),
    )
    return replace(usual, **changes)


def round_figures() -> Figures:
    """Return figures one can calculate with by hand."""
    own = FIGURES.model_dump(mode="json")
    own["measured"]["text"] = {
        "events": 2,
        "raw_event_bytes": 700,
        "archived_event_bytes": 100,
        "row_bytes": 1_000,
        "event_row_bytes": 250,
        "accept_cpu_us": 100,
        "accept_postgres_us": 100,
        "accept_wal_bytes": 2_048,
        "send_wal_bytes": 2_048,
        "send_log_bytes": 50,
        "read_cpu_us": 50,
        "read_postgres_us": 50,
        "read_wal_bytes": 1_024,
    }
    own["measured"]["log_bytes_per_request"] = 100
    own["measured"]["log_bytes_per_object"] = 100
    own["assumed"] |= {
        "hours_per_month": 720,
        "failed_texts": 0.1,
        "platform_log_bytes": 900,
        "object_seconds": 0.1,
        "request_seconds": 0.1,
        "event_seconds": 0.1,
    }
    return Figures.model_validate(own)


def quantities(machinery: Machinery, messages: float = 90_000) -> Mapping[tuple[str, str], float]:
    """Return how much of each thing so many texts take."""
    lines = Campaign(Channel.TEXT, messages, machinery, round_figures()).lines()
    return {(each.what, each.unit): each.quantity for each in lines}


@pytest.mark.parametrize(
    ("what", "unit", "expected"),
    [
        ("intake", "HTTP API requests", 90),  # of 1,000 recipients each
        ("intake", "SQS requests", 200),  # 2,000 chunks, ten a call
        ("intake", "Lambda requests", 90),
        # 9 s of CPU at the price of 1,769 MB; 9 s of Postgres and 90 tenths of a second at 1 GB
        ("intake", "Lambda GB-seconds", 9 * 1769 / 1024 + 9 + 9),
        ("intake", "GB of logs", 90 * 1_000 / 1e9),
        ("intake", "X-Ray traces", 90),
        ("sending", "SQS requests", 4_000),  # received and deleted
        ("sending", "DynamoDB writes", 2_000),
        ("sending", "Lambda requests", 2_000),
        ("sending", "Lambda GB-seconds", 2_000),  # two of half a GB, for 2,000 s
        ("sending", "GB of logs", (2_000 * 900 + 90_000 * 50) / 1e9),
        ("sending", "X-Ray traces", 2_000),  # one a second
        ("archive", "Firehose GB", 180_000 * 5_000 / 1e9),
        ("archive", "S3 PUT", 43_200),  # one a minute, for 30 days
        ("archive", "S3 GB-months", 180_000 * 100 / 1e9),
        ("reading", "S3 GET", 43_200),
        ("reading", "SQS requests", 3 * 43_200),
        ("reading", "Lambda requests", 43_200),
        ("reading", "Lambda GB-seconds", 9 * 1769 / 1024 + 9 + 4_320),
        ("reading", "X-Ray traces", 43_200),
        ("fast events", "EventBridge events", 9_000),  # a tenth of the texts
        ("fast events", "Lambda requests", 9_000),  # 4.5 a second, none while one is read
        ("fast events", "SQS requests", 27_000),
        ("fast events", "X-Ray traces", 2_000 + 0.05 * 7_000),
        # 1 write each for accepting and sending, half of one for reading two; and the commits
        (
            "Postgres",
            "Aurora writes",
            90_000 * 1.5 + 4 * 90 + 2 * 2_000 + 2_000 + 2 * 43_200,
        ),
        ("Postgres", "Aurora GB-months", 90_000 * 1_500 / 1e9),
    ],
)
def test_each_line_is_what_one_calculates_by_hand(what: str, unit: str, expected: float) -> None:
    assert expected == pytest.approx(quantities(a_machinery())[what, unit])


def test_a_longer_chunk_saves_runs_but_no_leases() -> None:
    found = quantities(a_machinery(a_sending(units_per_chunk=90)))

    assert found["sending", "Lambda requests"] == 1_000
    assert found["sending", "DynamoDB writes"] == 2_000
    assert found["sending", "Lambda GB-seconds"] == 2_000


def test_events_that_wait_for_one_another_are_read_in_one_run() -> None:
    found = quantities(a_machinery(event_window_seconds=2))

    assert found["fast events", "EventBridge events"] == 9_000
    assert found["fast events", "Lambda requests"] == pytest.approx(1_000)


def test_all_events_by_the_bus_cost_a_queue_message_each() -> None:
    found = quantities(a_machinery(a_sending(has_all_fast=True)))

    assert found["fast events", "EventBridge events"] == 180_000
    assert found["fast events", "SQS requests"] > 180_000


def test_where_nothing_is_traced_no_trace_is_paid() -> None:
    found = quantities(a_machinery(traced=frozenset()))

    assert {value for (_, unit), value in found.items() if unit == "X-Ray traces"} == {0}


def test_large_archives_are_written_by_size_and_not_by_the_minute() -> None:
    found = quantities(a_machinery(), messages=500_000_000)

    assert found["archive", "S3 PUT"] == pytest.approx(500_000_000 * 2 * 700 / (5 * 2**20))


@pytest.mark.parametrize("channel", Channel)
@given(one=volumes, other=volumes)
def test_more_messages_never_cost_less(channel: Channel, one: int, other: int) -> None:
    few, many = sorted((one, other))

    assert _usd(channel, few) <= _usd(channel, many)


@pytest.mark.parametrize("channel", Channel)
@given(messages=st.integers(10**6, 10**9))
def test_the_simple_way_costs_several_times_as_much(channel: Channel, messages: int) -> None:
    lines = naive(channel, messages, prod(), FIGURES)

    assert total(lines) > 3 * _usd(channel, messages)


def test_nothing_sent_costs_what_stands_alone() -> None:
    nothing = estimate(dict.fromkeys(Channel, 0.0), prod(), FIGURES)
    much = estimate(dict.fromkeys(Channel, 1e6), prod(), FIGURES)

    assert {channel: bill.usd for channel, bill in nothing.channels.items()} == dict.fromkeys(
        Channel, 0
    )
    assert much.standing == nothing.standing
    assert total(nothing.standing) > 0


def test_what_stands_is_each_thing_at_its_price() -> None:
    stands = Standing(
        alarms=40,
        dashboards=2,
        secrets=3,
        keys=1,
        nat_gateways=1,
        endpoint_zones=2,
        capacity_units=0.5,
        event_sources=2,
        runs_per_hour={"sweeper": 60},
    )
    machinery = a_machinery(standing=stands)

    lines = {each.unit: each.usd for each in standing(machinery, round_figures())}

    assert lines["alarms"] == pytest.approx(4)
    assert lines["dashboards"] == pytest.approx(6)
    assert lines["secrets"] == pytest.approx(1.2)
    assert lines["keys"] == pytest.approx(1)
    assert lines["NAT gateway hours"] == pytest.approx(720 * 0.045)
    assert lines["endpoint hours"] == pytest.approx(2 * 720 * 0.01)
    assert lines["ACU-hours"] == pytest.approx(43.2)
    assert lines["SQS requests"] == pytest.approx(2 * 5 * 720 * 180 * 0.4e-6)
    assert lines["Lambda requests"] == pytest.approx(43_200 * 0.2e-6)


@given(memory_mb=st.integers(128, 1769), seconds=st.floats(0, 1e6))
def test_below_a_whole_cpu_memory_changes_nothing_for_work(memory_mb: int, seconds: float) -> None:
    runs = Runs("work", memory_mb, 1, cpu_seconds=seconds)

    assert runs.gb_seconds == pytest.approx(seconds * 1769 / 1024)


def test_waiting_is_paid_by_memory() -> None:
    assert Runs("wait", 512, 1, waiting_seconds=10).gb_seconds == 5


def test_one_run_in_a_second_is_traced_and_one_in_twenty_of_the_others() -> None:
    assert traced(50, 100) == 50
    assert traced(300, 100) == 110


@pytest.mark.parametrize("channel", Channel)
def test_a_million_costs_no_dollar_at_the_rate_of_ten_million_a_day(channel: Channel) -> None:
    found = estimate({channel: 1e7}, prod(), FIGURES, {channel: 1e7 / 86_400})

    assert found.channels[channel].usd_per_million < 1


@pytest.mark.parametrize(
    ("sender_memory_mb", "usd"),
    [(512, 1.2), (256, 1.0)],
)
@pytest.mark.parametrize(("channel", "units_per_second"), [(Channel.EMAIL, 50), (Channel.TEXT, 45)])
def test_a_million_costs_about_a_dollar_at_half_the_rate_and_less_with_a_smaller_sender(
    channel: Channel, units_per_second: float, sender_memory_mb: int, usd: float
) -> None:
    memory_mb = {**prod().memory_mb, "sender": sender_memory_mb}
    machinery = replace(prod(), memory_mb=memory_mb)

    found = estimate({channel: 1e7}, machinery, FIGURES, {channel: units_per_second})

    assert found.channels[channel].usd_per_million < usd


def test_the_template_tells_the_settings() -> None:
    found = prod()

    assert found.memory_mb["sender"] == 512
    assert found.log_days == 90
    assert found.channels[Channel.TEXT].units_per_second == 45
    assert found.channels[Channel.EMAIL].concurrency == 2
    assert not any(each.has_all_fast for each in found.channels.values())
    assert found.standing.runs_per_hour["sweeper"] == pytest.approx(60)
    assert found.standing.runs_per_hour["inventory"] == pytest.approx(1 / 24)


def test_a_channel_that_the_template_lacks_cannot_be_asked_for() -> None:
    machinery = replace(prod(), channels={Channel.EMAIL: a_sending()})

    assert Channel.TEXT not in estimate({Channel.TEXT: 0.0}, machinery, FIGURES).channels
    with pytest.raises(ConfigurationFault, match="no text"):
        estimate({Channel.TEXT: 1.0}, machinery, FIGURES)


def test_what_is_no_template_is_refused_with_the_command_that_makes_one() -> None:
    with pytest.raises(ConfigurationFault, match=r"infra\.synth"):
        read_machinery({"Resources": {}})


def test_other_prices_take_the_place_of_ours(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('region = "eu-central-1"\n[prices]\nsqs_request = { usd = 0.8, per = 100 }\n')

    found = read_figures(file)

    assert found.region == "eu-central-1"
    assert found.prices.sqs_request.each == 0.008
    assert found.prices.lambda_request == FIGURES.prices.lambda_request


@pytest.mark.parametrize(
    "text",
    [
        "[prices]\nsqs_requests = { usd = 1 }\n",  # no such price
        "[prices]\nsqs_request = { usd = -1 }\n",
        "[prices\n",
    ],
)
def test_a_file_of_prices_with_a_fault_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(text)

    with pytest.raises(ConfigurationFault, match=str(file)):
        read_figures(file)


def test_without_a_template_the_stage_is_synthesized(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def made(stage: str) -> Path:
        asked.append(stage)
        return PROD

    monkeypatch.setattr(command, "synthesized", made)

    shown = CliRunner().invoke(program, ["cost", "--stage", "dev", "--sms", "0"])

    assert shown.exit_code == 0
    assert asked == ["dev"]


def test_a_stage_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ConfigurationFault, match=r"nowhere.*prod"):
        synthesized("nowhere")


def test_a_template_that_is_no_json_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    file.write_text("Resources:")

    refused = CliRunner().invoke(program, ["cost", "--template", str(file)])

    assert isinstance(refused.exception, ConfigurationFault)


def test_every_price_names_its_source() -> None:
    assert [name for name, price in FIGURES.prices if not price.source] == []


def test_the_command_prints_tables_or_every_line() -> None:
    options = ["cost", "--template", str(PROD), "--emails", "2000000", "--email-rate", "50"]

    shown = CliRunner().invoke(program, options).output
    told = json.loads(CliRunner().invoke(program, [*options, "--json"]).output)

    assert "| messages | 2,000,000 | 2,000,000 | 1,000,000 | 1,000,000 |" in shown
    assert told["email"]["units_per_second"] == 50
    assert told["email"]["usd"] == pytest.approx(
        sum(each["usd"] for each in told["email"]["lines"] if "GB-months" not in each["unit"]),
        abs=0.01,
    )


def prod() -> Machinery:
    return _PROD


def _usd(channel: Channel, messages: float) -> float:
    return total(Campaign(channel, messages, prod(), FIGURES).lines())


_PROD = read_machinery(json.loads(PROD.read_text()))
