"""The suppression list as people use it: why nothing reaches an address, put on, taken off.

What is put on or taken off here is so at the provider's own list as well, after our own is
committed. The provider may not answer: then that is said, and the call may be made again.
"""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from message_tracker.core.domain.addresses import InvalidAddress, parse_address
from message_tracker.core.domain.errors import MessageTrackerError, PermanentError, Unavailable
from message_tracker.core.domain.message import Channel, Kind, Personal
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.domain.suppression import (
    OWN_DECISIONS,
    Listed,
    SuppressionReason,
    blocking,
)
from message_tracker.core.observability import logger
from message_tracker.core.ports import SuppressionList
from message_tracker.core.store.suppressions import Standing, Suppressions

_LOGGER = logger("api")
_TAKEN_OFF: Final = frozenset(SuppressionReason) - OWN_DECISIONS
_NO_ANSWER: Final = "the provider does not answer now: make the same call again"


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """What a provider's own list says of an address; `is_listed` is None when it does not say."""

    name: str
    is_listed: bool | None
    entry: Listed | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why nothing reaches an address, or that something may."""

    channel: Channel
    address: Personal
    standing: Standing
    provider: ProviderEntry

    def blocks(self) -> dict[Kind, SuppressionReason | None]:
        """Return why a message of each kind would not be sent."""
        return {kind: blocking(self.standing.reasons, kind) for kind in Kind}


@dataclass(frozen=True, slots=True)
class Change:
    """What came of putting an address on the list or taking it off."""

    channel: Channel
    address: Personal
    removed: Collection[SuppressionReason]
    still: Collection[SuppressionReason]
    provider: ProviderEntry


class SuppressionDesk:
    """The use cases.

    Args:
        suppressions: our own list.
        lists: the provider's own, of each channel that messages go by.
        default_region: of phone numbers without a country code, or "".
    """

    def __init__(
        self,
        suppressions: Suppressions,
        lists: Mapping[Channel, SuppressionList],
        *,
        default_region: str,
    ) -> None:
        self._suppressions = suppressions
        self._lists = lists
        self._default_region = default_region

    @property
    def suppressions(self) -> Suppressions:
        """Our own list, to read through."""
        return self._suppressions

    def explain(self, to: str) -> Explanation:
        """Return why nothing reaches an address; the provider is asked meanwhile.

        Raises:
            RequestRefused: it is no address.
        """
        channel, address = self._address(to)
        with ThreadPoolExecutor(1, "provider") as pool:
            asked = pool.submit(self._listed, channel, address.lower())
            standing = self._suppressions.standing(channel, address)
            return Explanation(channel, address, standing, asked.result())

    def add(self, to: str, *, note: str | None, changed_by: str) -> Change:
        """Put an address on the list.

        Args:
            to: the address, as a person writes it.
            note: why, for whoever asks later.
            changed_by: who does it, for the history.

        Raises:
            RequestRefused: it is no address.
        """
        channel, address = self._address(to)
        self._suppressions.add(channel, address.lower(), note=note, changed_by=changed_by)
        still = self._suppressions.reasons_of(channel, address.lower())
        provider = self._told(channel, address.lower(), is_listed=True)
        return Change(channel, address, (), still, provider)

    def remove(self, to: str, reason: SuppressionReason | None, *, changed_by: str) -> Change:
        """Take an address off the list, and off the provider's if no grave reason is left.

        Args:
            to: the address, as a person writes it.
            reason: only this one; without it all but what the person there decided.
            changed_by: who does it, for the history.

        Raises:
            RequestRefused: it is no address.
        """
        channel, address = self._address(to)
        key = address.lower()
        reasons = _TAKEN_OFF if reason is None else {reason}
        removed = self._suppressions.remove(channel, key, reasons, changed_by=changed_by)
        still = self._suppressions.reasons_of(channel, key)
        # Ours says no more than "no marketing": what the provider blocks is all there is.
        if blocking(still, Kind.TRANSACTIONAL) is None:
            provider = self._told(channel, key, is_listed=False)
        else:
            provider = self._listed(channel, key)
        return Change(channel, address, removed, still, provider)

    def _address(self, to: str) -> tuple[Channel, Personal]:
        try:
            return parse_address(
                to, channel=None, default_region=self._default_region, channels=self._lists
            )
        except InvalidAddress as error:
            raise invalid_request([Fault("#/address", "address", f"`address` {error}")]) from error

    def _listed(self, channel: Channel, address: str) -> ProviderEntry:
        own = self._lists[channel]
        return _asked(own, lambda: own.find(address))

    def _told(self, channel: Channel, address: str, *, is_listed: bool) -> ProviderEntry:
        own = self._lists[channel]

        def tell() -> Listed | None:
            (own.add if is_listed else own.remove)(address)
            return own.find(address)

        return _asked(own, tell)


def _asked(own: SuppressionList, ask: Callable[[], Listed | None]) -> ProviderEntry:
    """Return what a provider says; its silence is an answer too."""
    try:
        entry = ask()
    except Unavailable as error:
        return _unknown(own, error, _NO_ANSWER)
    except PermanentError as error:
        return _unknown(own, error, f"the provider refuses: {error}")
    return ProviderEntry(own.name, entry is not None, entry)


def _unknown(own: SuppressionList, error: MessageTrackerError, fault: str) -> ProviderEntry:
    _LOGGER.warning("a suppression list is not as asked", cause=str(error))
    return ProviderEntry(own.name, None, fault=fault)


def as_json(provider: ProviderEntry) -> dict[str, Any]:
    """Return what a provider's list says, as an object of the answer."""
    return {
        "list": provider.name,
        "is_listed": provider.is_listed,
        "reason": provider.entry and provider.entry.reason,
        "since": provider.entry and provider.entry.since,
        "fault": provider.fault,
    }
