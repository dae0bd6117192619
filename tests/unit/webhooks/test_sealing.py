"""Secrets at rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.aws.sealing import SealedSecrets
from message_tracker.core.domain.errors import ConfigurationFault

SEAL = SealedSecrets(lambda: "k" * 64)


@given(st.binary(max_size=64), st.binary(max_size=16))
def test_a_sealed_secret_opens_again(secret: bytes, of: bytes) -> None:
    assert secret == SEAL.open(SEAL.seal(secret, of=of), of=of)


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    assert SEAL.seal(b"secret", of=b"1") != SEAL.seal(b"secret", of=b"1")


def test_a_sealed_secret_opens_for_nothing_else_and_not_when_changed() -> None:
    sealed = SEAL.seal(b"secret", of=b"1")

    for changed, of in ((sealed, b"2"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"1"), (b"", b"1")):
        with pytest.raises(ConfigurationFault, match="another key"):
            SEAL.open(changed, of=of)


def test_another_key_opens_nothing() -> None:
    other = SealedSecrets(lambda: "l" * 64)

    with pytest.raises(ConfigurationFault, match="rotate"):
        other.open(SEAL.seal(b"secret", of=b"1"), of=b"1")


def test_a_short_password_is_refused() -> None:
    with pytest.raises(ConfigurationFault, match="8 characters"):
        SealedSecrets(lambda: "password").seal(b"secret", of=b"1")
