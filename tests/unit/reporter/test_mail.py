"""A report's mail is small whatever it tells of, and says what it leaves out."""

import io
from dataclasses import replace
from uuid import UUID

import pytest

from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.period_failures import Failure
from message_tracker.core.domain.report import Report
from message_tracker.core.domain.status import MessageStatus
from message_tracker.failed_message_reporter.listing import Excerpt, write_list
from message_tracker.failed_message_reporter.mail import (
    MOST_BYTES,
    MOST_LISTED_BYTES,
    Mail,
    compose,
)
from message_tracker.failed_message_reporter.wording import Wording
from tests.reports import BALANCED, DAY, ENGLISH, GERMAN, PLACE, a_cause, a_report

ID = UUID("0199d3f0-0000-7000-8000-000000000001")
FAILURE = Failure(
    ID,
    DAY.start,
    Channel.EMAIL,
    MessageStatus.BOUNCED,
    "Bounce/Permanent/General",
    "autumn-sale",
    Personal("jane.doe@example.com"),
)


def excerpt_of(count: int) -> Excerpt:
    return write_list(
        [FAILURE] * count, io.BytesIO(), names_people=False, most_bytes=MOST_LISTED_BYTES
    )


def mail_of(report: Report, count: int) -> Mail:
    return compose(report, excerpt_of(count), PLACE, ID, ENGLISH)


@pytest.mark.parametrize("wording", [ENGLISH, GERMAN])
def test_a_report_of_the_worst_day_is_not_cut_off(wording: Wording) -> None:
    causes = [
        a_cause(
            f"Bounce/{n}" + "x" * 250,
            10_000 - n,
            group="g" * 300,
            domains=["d" * 250] * 3,
            detail="w " * 2000,
        )
        for n in range(100)
    ]

    mail = compose(
        a_report(*causes, books=BALANCED),
        excerpt_of(2_000),
        PLACE,
        ID,
        wording,
    )

    assert 50_000 < mail.size <= MOST_BYTES
    assert mail.csv.count(b"\n") > 50


def test_a_list_that_fits_goes_along_whole() -> None:
    mail = mail_of(a_report(a_cause(count=3)), 3)

    assert 4 == mail.csv.count(b"\n")
    assert "All 3 failures are listed in the CSV file attached." in mail.text


def test_a_list_that_is_cut_says_so_in_the_mail_and_in_itself() -> None:
    mail = mail_of(a_report(a_cause(count=2_000)), 2_000)

    listed = mail.csv.count(b"\n") - 2
    assert f"lists the first {listed} of 2,000 failures" in mail.text
    assert f"lists the first {listed} of 2,000 failures" in mail.html
    assert f"only the first {listed} of 2,000 failures are listed here".encode() in mail.csv


def test_without_failures_there_is_no_list() -> None:
    mail = mail_of(a_report(), 0)

    assert () == mail.to("ops@example.com", ID, ID).attachments
    assert "CSV file" not in mail.text


def test_the_mail_says_how_long_its_links_last() -> None:
    mail = mail_of(a_report(a_cause()), 1)

    assert "for 35 days" in mail.text
    assert f"GET /reports/{ID}" in mail.html


def test_a_mail_without_links_names_where_the_report_is_kept() -> None:
    place = replace(PLACE, web="")

    mail = compose(a_report(a_cause()), excerpt_of(1), place, ID, ENGLISH)

    assert f"s3://archive/{PLACE.html}" in mail.text
    assert f"GET /reports/{ID}" in mail.html
