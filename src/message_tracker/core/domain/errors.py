"""The errors this system raises.

* MessageTrackerError
  x TransientError        try again: the queue will redeliver
    - Throttled           the provider or our own limiter said "later"
      * SoldOut           our limiter's next slot lies beyond what the sender can use
    - Unavailable         a service we depend on did not answer
  x PermanentError        trying again cannot help
    - Unparseable         the bytes are no event or chunk we know how to read
    - Forged              whoever wrote it is not who it says, or not who may
    - InvalidTemplate     a text does not parse as a template, or a variable is missing
    - ConfigurationFault  a setting is missing or wrong: a person must act
      * InvalidSettings   variables of the environment are missing or wrong
    - MigrationFailed     a change of the schema failed, and nothing of it was kept
"""


class MessageTrackerError(Exception):
    """Anything this system raises on purpose."""


class TransientError(MessageTrackerError):
    """Trying again may help: the queue will redeliver."""


class Throttled(TransientError):
    """The provider or our own limiter said "later"."""


class SoldOut(Throttled):
    """Our own limiter's next slot lies beyond what the sender can use.

    Args:
        text: what was sold out.
        wait: µs after which trying again may help; None when it cannot within the sender's time.
    """

    def __init__(self, text: str, wait: int | None) -> None:
        super().__init__(text)
        self.wait = wait


class Unavailable(TransientError):
    """A service we depend on did not answer."""


class PermanentError(MessageTrackerError):
    """Trying again cannot help."""


class Unparseable(PermanentError):
    """The bytes are no event or chunk we know how to read."""


class Forged(PermanentError):
    """Whoever wrote it is not who it says, or not who may."""


class InvalidTemplate(PermanentError):
    """A text does not parse as a template, or a variable is missing."""


class ConfigurationFault(PermanentError):
    """A setting is missing or wrong: a person must act."""


class InvalidSettings(ConfigurationFault):
    """Variables of the environment are missing or wrong.

    Args:
        faults: what is wrong, by the variable's name.
    """

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{name}: {fault}" for name, fault in faults.items()))


class MigrationFailed(PermanentError):
    """A change of the schema failed, and nothing of it was kept."""
