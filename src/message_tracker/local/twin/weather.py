"""Bad weather for the provider twin: what may go wrong between us and a provider, by the dice.

Every fraction is the chance of one call or one event. The dice are thrown by name (the seed, what
is decided, the message's id, the how-maniest call), not in turn: the same seed gives every message
the same weather, whatever the threads do.
"""

import hashlib
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=3600)]

_FULL_SCALE: Final = 2**64


class Weather(BaseModel):
    """What `PUT /weather` takes; all zero is fair weather.

    Of a call: `throttle` answers "later", `fail` answers 500 without accepting, `lose_response`
    accepts and then closes the connection without an answer, `latency_seconds` delays the answer.
    Of an event: `drop` loses it on every route, `double` delivers it once more, `reorder` holds a
    copy back for up to `reorder_seconds`, `delay_seconds` delays them all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    latency_seconds: Seconds = 0
    throttle: Fraction = 0
    fail: Fraction = 0
    lose_response: Fraction = 0
    delay_seconds: Seconds = 0
    drop: Fraction = 0
    double: Fraction = 0
    reorder: Fraction = 0
    reorder_seconds: Seconds = 2

    def strikes(self, fraction: float, *name: object) -> bool:
        """Return whether the named throw of the dice falls below `fraction`."""
        return fraction > 0 and self.throw(*name) < fraction

    def throw(self, *name: object) -> float:
        """Return the named throw: a number in [0, 1), the same each time."""
        key = "\x1f".join(map(str, (self.seed, *name))).encode()
        digest = hashlib.blake2b(key, digest_size=8).digest()
        return int.from_bytes(digest) / _FULL_SCALE
