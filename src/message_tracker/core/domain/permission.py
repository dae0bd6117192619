"""What a caller may not do although the key is valid, as the answer says it."""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Final

from message_tracker.core.domain.addresses import country_of
from message_tracker.core.domain.api_key import Caller, Scope
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.problem import Fault, Problem, RequestRefused, invalid_request
from message_tracker.core.domain.submission import NewMessage, Submission

_SCOPE_OF: Final = {Channel.EMAIL: Scope.SEND_EMAIL, Channel.TEXT: Scope.SEND_TEXT}


def permitted(submission: Submission, caller: Caller) -> Submission:
    """Return what of a submission the caller's key may send.

    Raises:
        RequestRefused: 403, the key lacks the scope of a channel; 400, it may not text to a
            recipient's country, and the request did not ask for a partial acceptance.
    """
    for channel in sorted(set(submission.channels)):
        if _SCOPE_OF[channel] not in caller.scopes:
            raise forbidden({_SCOPE_OF[channel]})
    if caller.countries is None:
        return submission
    return _within(submission, caller.countries)


def forbidden(scopes: AbstractSet[Scope]) -> RequestRefused:
    """Return the refusal of a key that has none of these scopes."""
    wanted = " or ".join(f"'{scope}'" for scope in sorted(scopes))
    detail = f"the API key lacks the scope {wanted}: use a key that has it"
    return RequestRefused(Problem(403, "forbidden", "The key does not open this", detail))


def too_many(what: str, wait: timedelta) -> RequestRefused:
    """Return the refusal of a use beyond the key's rate.

    Args:
        what: the rate is of: requests, or messages.
        wait: until there is room again.
    """
    seconds = ceil(wait.total_seconds())
    detail = f"the API key's rate of {what} is used up: try again in {seconds} s"
    headers = {"Retry-After": str(seconds)}
    return RequestRefused(
        Problem(429, "too-many-requests", "The key's rate is used up", detail, headers=headers)
    )


def _within(submission: Submission, countries: AbstractSet[str]) -> Submission:
    outside = [_outside(message, countries) for message in submission.messages]
    faults = [fault for fault in outside if fault]
    kept = [
        message
        for message, fault in zip(submission.messages, outside, strict=True)
        if fault is None
    ]
    if faults and (submission.refused is None or not kept):
        raise invalid_request([*faults, *(submission.refused or ())])
    refused = None if submission.refused is None else [*submission.refused, *faults]
    return replace(submission, messages=kept, refused=refused)


def _outside(message: NewMessage, countries: AbstractSet[str]) -> Fault | None:
    if message.channel is Channel.EMAIL:
        return None
    country = country_of(message.address)
    if country in countries:
        return None
    allowed = ", ".join(sorted(countries)) or "no country"
    detail = f"`to` is a number of {country or 'no country'}, and the API key may text {allowed}"
    return Fault(message.pointer, "to", f"{detail}: use a key that may, or another number")
