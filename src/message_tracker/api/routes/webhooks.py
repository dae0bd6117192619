"""Webhooks: added, changed, tried out, looked at."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from message_tracker.api.models.webhooks import (
    DeliveriesAnswer,
    DeliveriesQuery,
    DeliveryState,
    RemovedAnswer,
    ReplayAnswer,
    ReplayRequest,
    TriedAnswer,
    WebhookAnswer,
    WebhookChange,
    WebhookRequest,
    WebhooksAnswer,
    WebhookSecretAnswer,
)
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.api.webhooks import WebhookService
from message_tracker.core.domain.api_key import Scope
from message_tracker.core.store.callbacks import Delivery
from message_tracker.core.store.webhooks import Webhook

_TAG: Final = "Webhooks"
_ADMIN: Final = frozenset({Scope.ADMIN})


def add(api: Router, services: Services) -> None:
    """Register the routes."""
    _add_reads(api, services.webhooks)
    _add_changes(api, services.webhooks)
    _add_secrets(api, services.webhooks)
    _add_calls(api, services.webhooks)


def _add_reads(api: Router, service: WebhookService) -> None:
    @api.get("/webhooks", _admin("Every webhook", WebhooksAnswer))
    def webhooks(_call: Call) -> Response[str]:
        """The oldest first, without their secrets."""
        return answered({"webhooks": [_webhook(each) for each in service.webhooks.list_all()]})

    @api.get("/webhooks/<webhook_id>", _admin("A webhook", WebhookAnswer, problems=(404,)))
    def webhook(call: Call) -> Response[str]:
        """Whether it answers, and if it is disabled, why."""
        return answered(_webhook(service.find(call.path["webhook_id"])))

    @api.get(
        "/webhooks/<webhook_id>/deliveries",
        _admin(
            "What a webhook was called with",
            DeliveriesAnswer,
            query=DeliveriesQuery,
            problems=(404,),
        ),
    )
    def deliveries(call: Call) -> Response[str]:
        """The latest first, of the last 30 days."""
        page = call.query(DeliveriesQuery)
        # One more than a page tells whether there is another.
        found = service.log(call.path["webhook_id"], before=page.before, most=page.limit + 1)
        shown = found[: page.limit]
        next_page = shown[-1].callback_id if len(found) > page.limit else None
        return answered({"deliveries": [_delivery(each) for each in shown], "next": next_page})


def _add_changes(api: Router, service: WebhookService) -> None:
    @api.patch(
        "/webhooks/<webhook_id>",
        _admin("Change a webhook", WebhookAnswer, body=WebhookChange, problems=(404,)),
    )
    def change_webhook(call: Call) -> Response[str]:
        """Enabled again, it gets what it was owed when it was disabled."""
        change = call.body(WebhookChange).model_dump()
        return answered(_webhook(service.change(call.path["webhook_id"], **change)))

    @api.delete(
        "/webhooks/<webhook_id>", _admin("Delete a webhook", RemovedAnswer, problems=(404,))
    )
    def delete_webhook(call: Call) -> Response[str]:
        """What it is owed is never called."""
        service.remove(call.path["webhook_id"])
        return answered({"webhook_id": call.path["webhook_id"]})


def _add_secrets(api: Router, service: WebhookService) -> None:
    @api.post(
        "/webhooks",
        _admin("Add a webhook", WebhookSecretAnswer, body=WebhookRequest, problems=(409,)),
    )
    def add_webhook(call: Call) -> Response[str]:
        """The answer has the secret, which is never shown again."""
        request = call.body(WebhookRequest)
        made, secret = service.add(request.url, request.types, request.description)
        return answered({**_webhook(made), "secret": secret})

    @api.post(
        "/webhooks/<webhook_id>/rotate",
        _admin("Change a webhook's secret", WebhookSecretAnswer, problems=(404,)),
    )
    def rotate_webhook(call: Call) -> Response[str]:
        """For 24 hours the secret before signs as well."""
        changed, secret = service.rotate(call.path["webhook_id"])
        return answered({**_webhook(changed), "secret": secret})


def _add_calls(api: Router, service: WebhookService) -> None:
    @api.post(
        "/webhooks/<webhook_id>/test", _admin("Try a webhook out", TriedAnswer, problems=(404,))
    )
    def test_webhook(call: Call) -> Response[str]:
        """Calls it with a `webhook.test`."""
        return answered({"callback_id": service.test(call.path["webhook_id"])})

    @api.post(
        "/webhooks/<webhook_id>/replay",
        _admin("Call a webhook once more", ReplayAnswer, body=ReplayRequest, problems=(404,)),
    )
    def replay_webhook(call: Call) -> Response[str]:
        """With one delivery, or with those since a time that were given up."""
        webhook_id, asked = call.path["webhook_id"], call.body(ReplayRequest)
        if asked.since is None:
            replayed = service.replay(webhook_id, asked.one)
        else:
            replayed = service.replay_since(
                webhook_id, asked.since, with_delivered=asked.with_delivered
            )
        return answered({"replayed": replayed})


def _admin(
    summary: str,
    answer: type[BaseModel],
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    problems: tuple[int, ...] = (),
) -> Operation:
    return Operation(
        summary=summary,
        tag=_TAG,
        scopes=_ADMIN,
        answer=answer,
        body=body,
        query=query,
        problems=problems,
    )


def _webhook(webhook: Webhook) -> Mapping[str, Any]:
    fields = asdict(webhook)
    webhook_id = fields.pop("webhook_endpoint_id")
    return {"webhook_id": webhook_id, "is_enabled": webhook.disabled_at is None, **fields}


def _delivery(delivery: Delivery) -> Mapping[str, Any]:
    if delivery.delivered_at:
        state = DeliveryState.DELIVERED
    else:
        state = DeliveryState.WAITING if delivery.due_at else DeliveryState.GIVEN_UP
    return {**asdict(delivery), "state": state}
