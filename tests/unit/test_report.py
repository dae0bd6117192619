"""What a report says of a period, whoever renders it."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.books import Balance, Books, Gap, GapKind
from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.period_failures import Failure
from message_tracker.core.domain.report import MOST_CAUSES, listed
from message_tracker.core.domain.status import MessageStatus
from tests.reports import AT_REST, BALANCED, DAY, a_cause, a_report

ID = UUID("0199d3f0-0000-7000-8000-000000000001")


def a_gap(count: int = 3) -> Gap:
    return Gap(GapKind.FORGOTTEN, Channel.TEXT, ID, count, (ID,))


def test_causes_come_by_count_and_their_shares_make_a_whole() -> None:
    report = a_report(a_cause("TEXT_SPAM", 1), a_cause("ses/MessageRejected", 3))

    assert [("ses/MessageRejected", 0.75), ("TEXT_SPAM", 0.25)] == [
        (cause.code, cause.share) for cause in report.causes
    ]
    assert 4 == report.failures


def test_there_is_no_share_of_nothing() -> None:
    report = a_report(a_cause(count=2), accepted=0)

    assert report.share is None


def test_rare_causes_beyond_the_limit_are_counted_together() -> None:
    causes = [a_cause(f"Bounce/Permanent/{n:02}", 100 - n) for n in range(MOST_CAUSES + 2)]

    report = a_report(*causes)

    assert MOST_CAUSES == len(report.causes)
    rest = causes[MOST_CAUSES:]
    assert (2, sum(cause.count for cause in rest)) == (
        report.further_causes,
        report.further_failures,
    )
    assert sum(cause.count for cause in causes) == report.failures


@given(st.from_regex(r"[a-z0-9.]{2,30}", fullmatch=True))
def test_no_report_holds_a_whole_local_part(local: str) -> None:
    address = f"{local}@example.com"
    cause = a_cause(recipients=[address], detail=f"550 <{address}>: {address} unknown")

    report = a_report(cause)
    line = listed(a_failure(recipient=address), names_people=False)

    assert address not in str(report)
    assert address not in line


def test_an_address_is_masked_even_if_it_is_cut_or_split() -> None:
    long = "x" * 290 + " jane.doe@example.com"
    split = "jane\u200b.doe@exam\u200bple.com"

    report = a_report(a_cause("a", detail=long), a_cause("b", detail=split))

    assert "jane" not in str(report)


def test_the_providers_words_are_one_line_without_links() -> None:
    report = a_report(a_cause(detail="550 see\r\nhttps://example.com/\u202ex"))

    assert "550 see https[:]//example.com/x" == report.causes[0].detail


def test_words_of_which_nothing_can_be_seen_are_left_out() -> None:
    report = a_report(a_cause(detail="\u202e\0"))

    assert report.causes[0].detail is None


def test_a_team_may_have_its_recipients_named() -> None:
    cause = a_cause(detail="550 <jane.doe@example.com> unknown")

    (reported,) = a_report(cause, names_people=True).causes

    assert ("jane.doe@example.com",) == reported.recipients
    assert "550 <jane.doe@example.com> unknown" == reported.detail


def test_the_countries_of_numbers_are_told() -> None:
    numbers = ["+14255550155", "+16045550155", "+4915112345678", "+4915212345678", "nobody's"]

    (reported,) = a_report(a_cause(numbers=numbers)).causes

    assert [("DE", 2), ("US", 1), ("CA", 1)] == [
        (one.name, one.count) for one in reported.countries
    ]


def test_the_command_to_redrive_names_cause_and_period() -> None:
    (reported,) = a_report(a_cause("sender/Expired", is_redrivable=True)).causes

    assert (
        "message-tracker redrive --cause sender/Expired"
        " --since 2026-08-30T22:00:00Z --until 2026-08-31T22:00:00Z"
    ) == reported.redrive


def test_no_cause_of_others_becomes_a_command_of_its_own() -> None:
    (reported,) = a_report(a_cause("x; rm -rf ~", is_redrivable=True)).causes

    assert "--cause 'x; rm -rf ~' --since" in str(reported.redrive)


@pytest.mark.parametrize(
    ("cause", "is_redrivable"), [("Bounce/Permanent/General", False), ("x\nnewline", True)]
)
def test_there_is_no_command_where_it_would_do_harm(cause: str, *, is_redrivable: bool) -> None:
    (reported,) = a_report(a_cause(cause, is_redrivable=is_redrivable)).causes

    assert reported.redrive is None


@pytest.mark.parametrize(
    ("books", "dead_letters", "needs_attention"),
    [
        pytest.param(AT_REST, 0, False, id="all is well"),
        pytest.param(AT_REST, 1, True, id="a dead letter"),
        pytest.param(BALANCED, 0, True, id="an unconfirmed message"),
        pytest.param(Books(Balance(), Balance(), (a_gap(),)), 0, True, id="a gap in the books"),
    ],
)
def test_a_person_is_told_what_needs_attention(
    books: Books, dead_letters: int, *, needs_attention: bool
) -> None:
    report = a_report(books=books, dead_letters=dead_letters)

    assert needs_attention == report.needs_attention


def test_books_balance_when_every_message_stands_in_one_place() -> None:
    assert Balance(15, 1, 12, 1, 0, 1) == BALANCED.total
    assert BALANCED.balanced


@pytest.mark.parametrize(
    "books",
    [
        pytest.param(Books(Balance(2, 0, 1), Balance()), id="a difference"),
        pytest.param(Books(Balance(), Balance(3, 3), (a_gap(),)), id="a gap"),
    ],
)
def test_books_with_a_difference_or_a_gap_do_not_balance(books: Books) -> None:
    assert not books.balanced


def test_contradictions_are_counted_over_all_gaps() -> None:
    assert 5 == Books(Balance(), Balance(5, 5), (a_gap(3), a_gap(2))).contradictions


def a_failure(*, recipient: str = "jane.doe@example.com", group: str = "autumn-sale") -> Failure:
    return Failure(
        message_id=ID,
        failed_at=DAY.start,
        channel=Channel.EMAIL,
        status=MessageStatus.BOUNCED,
        cause="Bounce/Permanent/General",
        group=group,
        recipient=Personal(recipient),
    )
