"""Custom e-mail headers: none can break out of its line, steer SES or speak for us."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.email_headers import (
    MAX_HEADERS,
    checked_headers,
    checked_name,
    checked_value,
)


@pytest.mark.parametrize("name", ["X-Campaign", "List-Unsubscribe", "Reply-To", "In-Reply-To"])
def test_a_header_of_ones_own_is_taken(name: str) -> None:
    assert name == checked_name(name)


@pytest.mark.parametrize(
    "name",
    ["From", "to", "SUBJECT", "Bcc", "DKIM-Signature", "Return-Path", "X-SES-CONFIGURATION-SET",
     "x-ses-message-tags", "Content-Type", "Message-ID", "Date"],
)  # fmt: skip
def test_a_header_that_speaks_for_us_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="remove it"):
        checked_name(name)


@pytest.mark.parametrize("name", ["", "X:Y", "X Y", "X\r\nBcc", "Überschrift", "X" * 127, "X\n"])
def test_what_is_no_header_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no header name"):
        checked_name(name)


@given(st.text())
def test_a_value_that_is_taken_stays_on_its_line(value: str) -> None:
    try:
        taken = checked_value(value)
    except ValueError:
        assert len(value) > 995 or re.search(r"[^ -~]", value)
    else:
        assert not re.search(r"[^ -~]", taken)


def test_there_are_at_most_as_many_headers_as_ses_takes_beside_ours() -> None:
    with pytest.raises(ValueError, match="SES takes 15, and two are ours"):
        checked_headers({f"X-{n}": "" for n in range(MAX_HEADERS + 1)})


def test_a_header_stands_once_whatever_its_case() -> None:
    with pytest.raises(ValueError, match="twice"):
        checked_headers({"X-A": "1", "x-a": "2"})


def test_a_name_and_its_value_fit_together() -> None:
    with pytest.raises(ValueError, match="996"):
        checked_headers({"X-Name": "v" * 995})
