"""Addresses: normalized when one can send there, refused with a reason when not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.addresses import InvalidAddress, parse_address
from message_tracker.core.domain.message import Channel

# https://docs.aws.amazon.com/sms-voice/latest/userguide/test-phone-numbers.html
SIMULATOR_NUMBERS = [
    "+14254147755", "+14254147167", "+447860019066", "+447860019067", "+61455944038",
    "+61455944039", "+33755512501", "+33755512502", "+34683783440", "+34683783442",
]  # fmt: skip


def parsed(to: str, channel: Channel | None = None, region: str = "") -> tuple[Channel, str]:
    return parse_address(to, channel=channel, default_region=region)


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("ann@example.com", "ann@example.com"),
        (" Ann.Smith+tag@Example.COM ", "Ann.Smith+tag@example.com"),
        ("o'hara@mail.example.co.uk", "o'hara@mail.example.co.uk"),
        ("ann@bücher.example.com", "ann@xn--bcher-kva.example.com"),
        ("success+label@simulator.amazonses.com", "success+label@simulator.amazonses.com"),
    ],
)
def test_an_e_mail_address_gets_a_lower_case_ascii_domain(to: str, expected: str) -> None:
    assert parsed(to) == (Channel.EMAIL, expected)


@pytest.mark.parametrize(
    "to",
    [
        "ann@", "@example.com", "ann@localhost", "ann@example", "ann@@example.com",
        "ann smith@example.com", "ann..smith@example.com", ".ann@example.com", "änn@example.com",
        "Ann <ann@example.com>", "ann@exa mple.com", "ann@example.com\r\nBcc: b@example.com",
        "ann@example..com", f"{'a' * 65}@example.com", f"ann@{'a' * 250}.com", "ann@[127.0.0.1]",
        "ann@example.test", "ann@example.com,bob@example.com",
        f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example.com",
    ],
)  # fmt: skip
def test_what_is_no_e_mail_address_is_refused(to: str) -> None:
    with pytest.raises(InvalidAddress):
        parsed(to)


@pytest.mark.parametrize("number", SIMULATOR_NUMBERS)
def test_the_simulators_numbers_are_taken(number: str) -> None:
    assert parsed(number) == (Channel.TEXT, number)


@pytest.mark.parametrize(
    ("to", "region", "expected"),
    [
        ("+1 (425) 414-7755", "", "+14254147755"),
        ("425.414.7755", "US", "+14254147755"),
        ("0151 12345678", "DE", "+4915112345678"),
        ("+4915112345678", "US", "+4915112345678"),
    ],
)
def test_a_phone_number_becomes_e164(to: str, region: str, expected: str) -> None:
    assert parsed(to, region=region) == (Channel.TEXT, expected)


@pytest.mark.parametrize(
    "to", ["4254147755", "+1", "+15555550100", "+999123456789", "bob", "1-800-FLOWERS", "",
           "+14254147755;ext=5", "++14254147755", "+٤٤٧٨٦٠٠١٩٠٦٦", "+1425414775500000000"]
)  # fmt: skip
def test_what_is_no_phone_number_is_refused(to: str) -> None:
    with pytest.raises(InvalidAddress):
        parsed(to)


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("911", "short number"),
        ("+12345", "short number"),
        ("+19005550123", "premium-rate"),
        ("+448712345678", "premium-rate"),
        ("+491801234567", "shared-cost"),
        ("+1425414775500", "too many digits"),
        ("+1425414", "too few digits"),
        ("+15555550100", "not a number in use"),
    ],
)
def test_a_number_nobody_should_be_sent_to_is_refused_with_the_reason(to: str, why: str) -> None:
    with pytest.raises(InvalidAddress, match=why):
        parsed(to)


def test_numbers_of_other_countries_than_those_listed_are_refused() -> None:
    def only_american(to: str) -> object:
        return parse_address(to, channel=None, default_region="", countries=("CA", "US"))

    assert only_american("+14254147755") == (Channel.TEXT, "+14254147755")
    assert only_american("ann@example.com") == (Channel.EMAIL, "ann@example.com")
    with pytest.raises(InvalidAddress, match=r"a number of GB, and .* only to CA, US: .* MT_TEXT_"):
        only_american("+447860019066")


def test_a_local_part_outside_ascii_is_refused_by_name() -> None:
    with pytest.raises(InvalidAddress, match="before the @-sign are not supported"):
        parsed("änn@example.com")


@pytest.mark.parametrize(
    ("to", "channel"), [("ann@example.com", Channel.TEXT), ("+14254147755", Channel.EMAIL)]
)
def test_the_channel_asked_for_must_fit_the_address(to: str, channel: Channel) -> None:
    with pytest.raises(InvalidAddress):
        parsed(to, channel)


def test_an_error_does_not_repeat_the_local_part() -> None:
    with pytest.raises(InvalidAddress) as caught:
        parsed("ann.smith@example")

    assert "ann.smith" not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_refused(to: str) -> None:
    try:
        channel, address = parsed(to)
    except InvalidAddress:
        return
    assert (channel, address) == parsed(address)
