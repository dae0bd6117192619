"""What a client sees: sent, tracked, and honest about how it ended."""

import json
import signal

import pytest

from message_tracker.local.twin.weather import Weather
from tests.running_stack import RunningStack, wait_for

FINAL = {"delivered", "bounced", "complained", "undelivered"}


def settled(group: dict[str, dict[str, int]]) -> bool:
    return group["statuses"].keys() <= FINAL


def campaign(name: str, emails: int, texts: int) -> dict[str, object]:
    return {
        "group": name,
        "subject": "News",
        "message": "Good news",
        "to": [f"{name}{number}@example.com" for number in range(emails)]
        + [f"+1{area}55501{number:02}" for area in (202, 206, 212) for number in range(10)][:texts],
    }


def test_a_text_that_needs_ucs2_says_so_and_is_delivered(stack: RunningStack) -> None:
    answer = stack.send(message="Grüße 🎉", to="+14254147755")

    assert ("UCS-2", 1, ["🎉"]) == (
        answer["encoding"],
        answer["segments"],
        answer["text"]["forced_ucs2"],
    )
    message = stack.ends(answer["message_ids"][0], "delivered")
    assert "TEXT_DELIVERED" in [event["event_type"] for event in message["events"]]


@pytest.mark.parametrize(
    ("to", "status"),
    [
        ("success+outcome@simulator.amazonses.com", "delivered"),
        ("bounce+outcome@simulator.amazonses.com", "bounced"),
        ("complaint+outcome@simulator.amazonses.com", "complained"),
        ("ooto+outcome@simulator.amazonses.com", "delivered"),
        ("suppressionlist+outcome@simulator.amazonses.com", "bounced"),
        ("reject@example.com", "rejected"),
        ("+14254147755", "delivered"),
        ("+14254147167", "undelivered"),
    ],
)
def test_a_simulated_recipient_ends_as_documented(
    stack: RunningStack, to: str, status: str
) -> None:
    answer = stack.send(message="Hello", subject="Hello", to=to)

    stack.ends(answer["message_ids"][0], status)


def test_a_message_that_was_delayed_says_when_though_it_arrived(stack: RunningStack) -> None:
    answer = stack.send(message="Hello", subject="Hello", to="delay@example.com")

    message = stack.ends(answer["message_ids"][0], "delivered")

    told = wait_for(lambda: stack.message(message["message_id"]), lambda it: bool(it["delayed_at"]))
    assert told["delayed_at"] < told["delivered_at"]


def test_a_suppressed_address_is_not_sent_to_again(stack: RunningStack) -> None:
    address = "bounce+again@simulator.amazonses.com"
    first = stack.send(message="Hello", subject="Hello", to=address)
    stack.ends(first["message_ids"][0], "bounced")

    second = stack.send(message="Hello", subject="Hello", to=address)

    message = stack.ends(second["message_ids"][0], "suppressed")
    assert "suppression/BOUNCE" == message["cause"]
    assert 1 == len(stack.stack.twin.inbox.messages(to=address))


def test_doubled_reordered_and_late_events_change_nothing(stack: RunningStack) -> None:
    stack.stack.twin.weather = Weather(seed=7, double=0.5, reorder=0.5)

    group_id = stack.send(**campaign("weather", 30, 10))["group_id"]

    group = wait_for(lambda: stack.group(group_id), settled)
    assert {"delivered": 40} == group["statuses"]


def test_a_repeat_with_the_same_idempotency_key_sends_nothing_more(stack: RunningStack) -> None:
    body = json.dumps({"message": "once", "subject": "once", "to": "once@example.com"}).encode()

    first = stack.call("POST", "/send", body, Idempotency_Key="once-only")
    second = stack.call("POST", "/send", body, Idempotency_Key="once-only")
    other = stack.call("POST", "/send", body.replace(b"once", b"Once"), Idempotency_Key="once-only")

    assert (200, 200, 409) == (first.status, second.status, other.status)
    assert first.body == second.body
    stack.ends(first.body["message_ids"][0], "delivered")
    assert 1 == len(stack.stack.twin.inbox.messages(to="once@example.com"))


def test_killing_the_sender_mid_campaign_loses_none_and_sends_none_twice(
    stack: RunningStack,
) -> None:
    sent = stack.send(**campaign("killed", 270, 30))
    wait_for(lambda: stack.calls(sent["message_ids"]).total(), lambda seen: seen > 20)

    victims = stack.workers("SenderFunction")
    for process in victims:
        process.send_signal(signal.SIGKILL)

    def swept() -> dict[str, dict[str, int]]:
        stack.sweep()
        return stack.group(sent["group_id"])

    group = wait_for(swept, settled)
    assert victims
    assert {"delivered": 300} == group["statuses"]
    assert dict.fromkeys(sent["message_ids"], 1) == stack.calls(sent["message_ids"])
