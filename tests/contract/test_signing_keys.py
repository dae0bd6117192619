"""The keys of our links, in a secret."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from message_tracker.core.aws.signing_keys import SecretKeyRing
from message_tracker.core.domain.errors import ConfigurationFault, Unavailable

OLD, NEW = json.dumps({1: "a" * 32}), json.dumps({1: "a" * 32, 2: "b" * 32})


class Secret:
    """A secret that can be rotated, and may not answer; it tells the time too."""

    def __init__(self, text: str = OLD) -> None:
        self.text = text
        self.reads = 0
        self.error: Exception | None = None
        self.now = datetime(2030, 1, 31, tzinfo=UTC)
        self.ring = SecretKeyRing(self.read, lambda: self.now)

    def read(self) -> str:
        self.reads += 1
        if self.error:
            raise self.error
        return self.text


def test_the_secret_is_read_once_in_five_minutes() -> None:
    secret = Secret()
    secret.ring.keys()
    secret.text = NEW

    kept = set(secret.ring.keys().keys)
    secret.now += timedelta(minutes=5)

    assert ({1}, {1, 2}, 2) == (kept, set(secret.ring.keys().keys), secret.reads)


def test_a_key_that_a_token_names_is_looked_for_but_not_for_every_token() -> None:
    secret = Secret()
    secret.ring.keys()
    secret.text = NEW
    secret.now += timedelta(seconds=10)

    found = [set(secret.ring.keys(knowing=key_id).keys) for key_id in (1, 2, 99, 99)]

    assert ([{1}, {1, 2}, {1, 2}, {1, 2}], 2) == (found, secret.reads)


@pytest.mark.parametrize("error", [Unavailable("gone"), ConfigurationFault("emptied")])
def test_keys_that_were_good_stay_good_while_the_secret_cannot_be_read(error: Exception) -> None:
    secret = Secret()
    secret.ring.keys()
    secret.error = error
    secret.now += timedelta(hours=1)

    assert {1} == set(secret.ring.keys().keys)


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}"])
def test_a_secret_without_keys_is_a_fault_of_configuration(text: str) -> None:
    with pytest.raises(ConfigurationFault, match="signing key"):
        Secret(text).ring.keys()
