"""The routes, one module for each kind of thing."""

from message_tracker.api.router import Router
from message_tracker.api.routes import (
    audiences,
    daily,
    documents,
    groups,
    health,
    imports,
    messages,
    redrive,
    reports,
    results,
    send,
    sns,
    stats,
    suppressions,
    templates,
    tracking,
    webhooks,
)
from message_tracker.api.services import Services


def add_all(api: Router, services: Services) -> None:
    """Register every route there is."""
    for module in (
        send,
        messages,
        groups,
        redrive,
        stats,
        templates,
        suppressions,
        audiences,
        imports,
        webhooks,
        daily,
        reports,
        results,
        sns,
        health,
        tracking,
    ):
        module.add(api, services)
    documents.add(api)
