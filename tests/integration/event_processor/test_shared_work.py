"""What messages and events share: no run, commit or line of log is any one's own."""

import pytest

from benchmarks.campaign import Campaign
from benchmarks.invocations import Work
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.database import Database

PER_CHUNK = {Channel.EMAIL: 14, Channel.TEXT: 45}


@pytest.fixture(params=list(Channel))
def channel(request: pytest.FixtureRequest) -> Channel:
    found: Channel = request.param
    return found


def works(database: Database, channel: Channel, messages: int) -> tuple[Campaign, dict[str, Work]]:
    """Run a campaign through the Lambdas' own handlers, and return what each stage took."""
    campaign = Campaign(database, channel, messages)
    return campaign, {
        "accept": campaign.accept(),
        "send": campaign.send(),
        "read": campaign.read(),
        "sweep": campaign.sweep(),
    }


def test_thousands_of_events_are_one_run_few_commits_and_two_lines(
    database: Database, channel: Channel
) -> None:
    campaign, took = works(database, channel, 1_000)

    read = took["read"]
    assert campaign.events > 2_500
    assert read.invocations == 1
    assert read.commits <= 6
    assert read.log_lines == 2  # what was done, and the metrics


def test_a_request_of_a_thousand_is_one_run_and_few_commits(
    database: Database, channel: Channel
) -> None:
    _, took = works(database, channel, 1_000)

    assert took["accept"].invocations == 1
    assert took["accept"].commits <= 10  # the server's own among them; chunks alone are more
    assert took["accept"].log_lines <= 2


def test_a_chunk_is_one_run_three_commits_and_two_lines(
    database: Database, channel: Channel
) -> None:
    chunks = 4

    _, took = works(database, channel, chunks * PER_CHUNK[channel])

    assert took["send"].invocations == chunks
    assert took["send"].commits == 3 * chunks
    assert took["send"].log_lines == 2 * chunks


def test_twice_the_messages_are_swept_by_as_many_commits(
    database: Database, channel: Channel
) -> None:
    _, small = works(database, channel, 200)
    _, large = works(database, channel, 400)

    assert large["sweep"].commits <= small["sweep"].commits + 2
    assert large["sweep"].log_lines == small["sweep"].log_lines
