"""The scheduled canary: a caller like any other, with a key that reaches the simulators alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from message_tracker.core.caller.canary import Api, Canary
from message_tracker.core.domain.api_key import USUAL_SCOPES, KeyTerms
from message_tracker.core.domain.canary import Flight
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.api_keys import ApiKeys, simulator_key

KEY_ID: Final = UUID("01900000-0000-7000-8000-0000000ca9a9")
"""Of the canary's key in every stage: another secret takes the place of the one before."""

# Not `canary`, which may be a group of real messages: a group holds real or test messages.
_GROUP: Final = "scheduled canary"
_PAUSE_SECONDS: Final = 3.0
_TERMS: Final = KeyTerms(scopes=USUAL_SCOPES, is_test=True)


@dataclass(frozen=True, slots=True)
class ScheduledCanary:
    """Flies by each channel.

    Args:
        keys: where its key is made known.
        stage: whose key it is.
        secret: returns what its key is made of.
        api: returns the API by a key.
        channels: what it sends by.
        within: seconds to wait for the events.
        clock: tells the time.
    """

    keys: ApiKeys
    stage: str
    secret: Callable[[], str]
    api: Callable[[str], Api]
    channels: Sequence[Channel]
    within: float
    clock: Callable[[], datetime]

    def fly(self) -> Sequence[Flight]:
        """Fly, and return what became of each message.

        Raises:
            ConfigurationFault: the secret cannot be used.
            Unavailable: Postgres or Secrets Manager does not answer.
        """
        key = simulator_key(self.stage, self.secret())
        self.keys.keep(KEY_ID, _GROUP, key, self.clock(), _TERMS)
        return Canary(self.api(key), _GROUP, self.within, _PAUSE_SECONDS).fly(self.channels)
