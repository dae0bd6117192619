"""Links in mail, followed as its reader does."""

import re
from urllib.parse import quote

import urllib3

from tests.running_stack import RunningStack, wait_for

ADDRESS = "success+unsubscribes@simulator.amazonses.com"


def test_a_reader_unsubscribes_by_one_click_and_gets_no_more_marketing(
    stack: RunningStack,
) -> None:
    news = {"to": ADDRESS, "subject": "News", "message": "News", "kind": "marketing"}
    first = stack.send(**news)["message_ids"][0]
    stack.ends(first, "delivered")
    [mail] = stack.stack.twin.inbox.messages(to=ADDRESS)
    headers = dict(mail.headers)
    [link] = re.findall(r"<(http[^>]+)>", headers["List-Unsubscribe"])

    looked = urllib3.request("GET", link, retries=False)
    untouched = suppressions(stack)
    clicked = urllib3.request("POST", link, body=headers["List-Unsubscribe-Post"], retries=False)
    wait_for(lambda: suppressions(stack), lambda seen: seen == ["UNSUBSCRIBE"])
    again = stack.send(**news)["message_ids"][0]
    receipt = stack.send(**{**news, "kind": "transactional"})["message_ids"][0]

    assert (200, 200) == (looked.status, clicked.status)
    assert [] == untouched
    stack.ends(again, "suppressed")
    stack.ends(receipt, "delivered")


def suppressions(stack: RunningStack) -> list[str]:
    answer = stack.call("GET", f"/suppressions/{quote(ADDRESS)}")
    return [entry["reason"] for entry in answer.body["suppressions"]]
