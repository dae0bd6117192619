"""The routes, one module for each kind of thing."""

from message_tracker.api.router import Router
from message_tracker.api.routes import (
    audiences,
    documents,
    groups,
    health,
<<<<<<< HEAD
    imports,
    messages,
    send,
    sns,
=======
    messages,
    send,
    sns,
    suppressions,
    templates,
>>>>>>> main
)
from message_tracker.api.services import Services


def add_all(api: Router, services: Services) -> None:
    """Register every route there is."""
<<<<<<< HEAD
    for module in (send, messages, groups, audiences, imports, sns, health):
=======
    for module in (send, messages, groups, suppressions, audiences, sns, health, templates):
>>>>>>> main
        module.add(api, services)
    documents.add(api)
