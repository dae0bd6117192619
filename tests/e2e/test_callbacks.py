"""Callbacks of the running stack, from an event of the provider to the endpoint's ear."""

import json

from standardwebhooks import Webhook

from tests.running_stack import RunningStack, wait_for
from tests.webhook_receiver import Receiver


def test_who_asked_is_told_signed_and_once_what_became_of_a_message(stack: RunningStack) -> None:
    with Receiver() as receiver:
        wanted = {"url": receiver.url, "types": ["message.delivered", "message.bounced"]}
        webhook = stack.call("POST", "/webhooks", json.dumps(wanted).encode()).body

        sent = stack.send(
            to=["success@simulator.amazonses.com", "bounce+callback@simulator.amazonses.com"],
            subject="Hello",
            message="Hello",
        )
        posts = wait_for(lambda: list(receiver.posts), lambda seen: len(seen) >= 2)
        stack.call("DELETE", f"/webhooks/{webhook['webhook_id']}")

    told = [json.loads(post.body) for post in posts]
    assert set(sent["message_ids"]) == {callback["data"]["message_id"] for callback in told}
    assert {"message.delivered", "message.bounced"} == {callback["type"] for callback in told}
    for post in posts:
        Webhook(webhook["secret"]).verify(post.body, dict(post.headers))
