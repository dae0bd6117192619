"""The keys of our links' tokens, in a secret of AWS Secrets Manager."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from message_tracker.core.domain.errors import ConfigurationFault, Unavailable
from message_tracker.core.domain.signed_token import SigningKeys

_KEPT: Final = timedelta(minutes=5)
_ASKED_AGAIN: Final = timedelta(seconds=10)  # at most so often, whatever ids tokens make up


class SecretKeyRing:
    """Reads the keys, and keeps them for minutes; a new key is found as soon as a token names it.

    Args:
        read: returns the secret's text, a JSON object ``{"1": "…"}`` of keys by their ids.
        clock: tells the time.
    """

    def __init__(self, read: Callable[[], str], clock: Callable[[], datetime]) -> None:
        self._read = read
        self._clock = clock
        self._kept: SigningKeys | None = None
        self._read_at: datetime | None = None

    def keys(self, knowing: int | None = None) -> SigningKeys:
        """Return the keys, with the one of the id `knowing` if there is one by now.

        Raises:
            ConfigurationFault: the secret holds no keys.
            Unavailable: it cannot be read now, and never was.
        """
        now = self._clock()
        if self._kept is None or self._read_at is None:
            self._kept = _parsed(self._read())
            self._read_at = now
        elif now - self._read_at >= self._patience(self._kept, knowing):
            self._kept = self._again(self._kept)
            self._read_at = now
        return self._kept

    def _patience(self, kept: SigningKeys, knowing: int | None) -> timedelta:
        is_known = knowing is None or knowing in kept.keys
        return _KEPT if is_known else _ASKED_AGAIN

    def _again(self, kept: SigningKeys) -> SigningKeys:
        try:
            return _parsed(self._read())
        except (Unavailable, ConfigurationFault):
            return kept  # what was good minutes ago verifies still


def _parsed(text: str) -> SigningKeys:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise ConfigurationFault("the signing keys' secret is no JSON object") from error
    if not isinstance(values, dict):
        raise ConfigurationFault("the signing keys' secret is no JSON object")
    return SigningKeys.parse(values)
