"""The offer to unsubscribe (RFC 8058, RFC 2369)."""

from message_tracker.core.domain.unsubscribe import offering

URL = "https://news.example.com/u/token"
POST = "List-Unsubscribe=One-Click"


def test_a_mail_offers_one_click() -> None:
    assert {
        "X-Campaign": "7",
        "List-Unsubscribe": f"<{URL}>",
        "List-Unsubscribe-Post": POST,
    } == offering({"X-Campaign": "7"}, URL, "")


def test_a_mailbox_for_older_clients_stands_beside_it() -> None:
    headers = offering({}, URL, "leave@example.com")

    expected = f"<{URL}>, <mailto:leave@example.com?subject=unsubscribe>"
    assert expected == headers["List-Unsubscribe"]


def test_a_list_of_the_callers_own_stays_the_callers() -> None:
    own = {"list-unsubscribe": "<https://elsewhere.example.com>"}

    assert own == offering(own, URL, "")


def test_the_post_header_is_never_there_twice() -> None:
    headers = offering({"LIST-UNSUBSCRIBE-POST": "x"}, URL, "")

    assert {"List-Unsubscribe": f"<{URL}>", "List-Unsubscribe-Post": POST} == headers
