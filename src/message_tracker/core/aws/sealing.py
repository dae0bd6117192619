"""Secrets of others, encrypted at rest: AES-256-GCM with a key that Secrets Manager keeps.

A sealed secret is bound to the row it belongs to: it cannot be opened for another.
"""

import secrets
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from message_tracker.core.domain.errors import ConfigurationFault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12  # NIST SP 800-38D, section 8.2: 96 bits, random
_KEY_BYTES: Final = 32
_PURPOSE: Final = b"message-tracker webhook secrets"
_SHORTEST: Final = 32  # characters of the password that the key is made of


class SealedSecrets:
    """Seals and opens.

    Args:
        password: returns what the key is derived from; asked at the first use, so that a process
            which seals nothing reads no secret.
    """

    def __init__(self, password: Callable[[], str]) -> None:
        self._password = password

    def seal(self, secret: bytes, *, of: bytes) -> bytes:
        """Return the secret encrypted, for what `of` names only."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, of)

    def open(self, sealed: bytes, *, of: bytes) -> bytes:
        """Return the secret again.

        Raises:
            ConfigurationFault: it was sealed with another key, or for something else.
        """
        from cryptography.exceptions import InvalidTag

        nonce, encrypted = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, encrypted, of)
        except (InvalidTag, ValueError) as error:
            raise ConfigurationFault(
                "a webhook's secret was encrypted with another key than MT_WEBHOOK_KEY_SECRET_ARN"
                " holds: put that key back, or rotate the webhook's secret"
            ) from error

    @cached_property
    def _cipher(self) -> "AESGCM":
        # The library costs a cold start of the API much, and most never open a secret.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        password = self._password().strip().encode()
        if len(password) < _SHORTEST:
            raise ConfigurationFault(
                f"MT_WEBHOOK_KEY_SECRET_ARN holds {len(password)} characters: the key is made of"
                f" at least {_SHORTEST} random ones"
            )
        # The password is random and long, so that no salt or stretching is needed (RFC 5869, 3.1).
        derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=_PURPOSE).derive(password)
        return AESGCM(derived)
