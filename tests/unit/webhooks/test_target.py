"""Where a callback may go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.webhooks.target import (
    Unreachable,
    is_loopback,
    is_public,
    target_of,
)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - refused
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "no address",
    ],
)
def test_an_inner_address_is_not_called(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "52.95.110.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"]
)
def test_a_public_address_is_called(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses())
def test_no_address_is_both_public_and_this_machines(address: object) -> None:
    assert not (is_public(str(address)) and is_loopback(str(address)))


@given(st.ip_addresses(v=6, network="::ffff:0:0/96"))
def test_no_ipv4_address_passes_in_the_dress_of_ipv6(address: object) -> None:
    assert not is_public(str(address))


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_unreachable(text: str) -> None:
    try:
        target = target_of(text)
    except Unreachable:
        return
    assert target.is_secure
    assert not target.is_local


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", "https://"),
        ("ftp://example.com/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("example.com/hook", "no URL"),
        ("https://", "no URL"),
        ("https://user:pass@example.com/", "password"),
        ("https://user@example.com/", "password"),
        ("https://example.com/#part", "fragment"),
        ("https://localhost/", "inner network"),
        ("https://database/", "inner network"),
        ("https://127.0.0.1/", "not public"),
        ("https://2130706433/", "not public"),  # 127.0.0.1 as one number
        ("https://0x7f.1/", "not public"),
        ("https://0177.0.0.1/", "not public"),
        ("https://[::1]/", "not public"),
        ("https://[::ffff:10.0.0.1]/", "not public"),
        ("https://169.254.169.254/latest/meta-data/", "not public"),
        ("https://１２７.０.０.１/", "not public"),  # full-width digits
        (f"https://example.com/{'a' * 2_000}", "characters"),
    ],
)
def test_a_url_that_is_not_called_is_refused_with_its_reason(url: str, reason: str) -> None:
    with pytest.raises(Unreachable, match=reason):
        target_of(url)


def test_a_target_has_what_a_call_needs() -> None:
    target = target_of("https://Hooks.Example.com:8443/in?for=me")

    assert ("hooks.example.com", 8443, "/in?for=me") == (target.host, target.port, target.path)
    assert "hooks.example.com:8443" == target.host_header


@pytest.mark.parametrize(
    ("url", "host_header"),
    [
        ("https://example.com", "example.com"),
        ("https://example.com.:443/", "example.com"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]"),
    ],
)
def test_the_host_header_is_in_ascii_and_without_the_usual_port(url: str, host_header: str) -> None:
    assert host_header == target_of(url).host_header


def test_a_permitted_local_host_is_called_on_this_machine_only() -> None:
    target = target_of("http://localhost:9000/hook", ("localhost",))

    assert target.may_be_at("127.0.0.1")
    assert not target.may_be_at("1.1.1.1")
    assert not target.may_be_at("169.254.169.254")
