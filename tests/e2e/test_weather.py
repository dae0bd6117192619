"""The provider throttles and loses answers, the sender dies: every message is accounted for."""

import signal

from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.database import Database
from message_tracker.local.twin.weather import Weather
from tests.running_stack import RunningStack, wait_for


def campaign(name: str, emails: int, texts: int) -> dict[str, object]:
    numbers = [f"+1{area}55501{n:02}" for area in (415, 503, 617, 702, 808) for n in range(10)]
    return {
        "group": name,
        "subject": "News",
        "message": "Good news",
        "to": [f"{name}{number}@example.com" for number in range(emails)] + numbers[:texts],
    }


def test_a_storm_and_a_killed_sender_cost_no_message_and_double_none(stack: RunningStack) -> None:
    stack.stack.twin.weather = Weather(seed=11, throttle=0.1, lose_response=0.05, double=0.1)

    sent = stack.send(**campaign("storm", 250, 50))
    wait_for(lambda: stack.calls(sent["message_ids"]).total(), lambda seen: seen > 60)
    victims = stack.workers("SenderFunction")
    for process in victims:
        process.send_signal(signal.SIGKILL)

    def swept() -> dict[str, dict[str, int]]:
        stack.sweep()
        return stack.group(sent["group_id"])

    group = wait_for(swept, lambda seen: seen["statuses"].keys() == {"delivered"})
    database = Database(lambda: stack.stack.database_url)
    dead_letters = database.fetch("SELECT body FROM dead_letter")
    books = BooksStore(database).read()
    database.close()
    assert victims
    assert {"delivered": 300} == group["statuses"]
    assert dict.fromkeys(sent["message_ids"], 1) == stack.calls(sent["message_ids"])
    assert not [
        each for each in sent["message_ids"] if any(each in row["body"] for row in dead_letters)
    ]
    assert books.balanced
