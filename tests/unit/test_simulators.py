"""Where test messages go."""

import pytest

from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.simulators import is_simulator, stand_in
from message_tracker.local.twin.text_outcomes import BY_SIMULATOR_NUMBER


@pytest.mark.parametrize(
    ("channel", "address", "expected"),
    [
        (Channel.EMAIL, "ann@example.com", "success@simulator.amazonses.com"),
        (
            Channel.EMAIL,
            "a@simulator.amazonses.com.evil.example",
            "success@simulator.amazonses.com",
        ),
        (Channel.EMAIL, "bounce+7@Simulator.AmazonSES.com", "bounce+7@Simulator.AmazonSES.com"),
        (Channel.TEXT, "+12065550100", "+14254147755"),
        (Channel.TEXT, "+447700900000", "+447860019066"),
        (Channel.TEXT, "+34600000000", "+34683783440"),
        (Channel.TEXT, "+4915100000000", "+14254147755"),
        (Channel.TEXT, "+33755512502", "+33755512502"),
    ],
)  # a simulator stays; others get that of their country, or the American
def test_a_test_message_goes_to_a_simulator(channel: Channel, address: str, expected: str) -> None:
    found = stand_in(channel, Personal(address))

    assert (found, is_simulator(found)) == (expected, True)


def test_the_provider_twin_knows_every_number_that_is_a_simulator_s() -> None:
    assert all(is_simulator(number) for number in BY_SIMULATOR_NUMBER)
