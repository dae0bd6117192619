"""What each alarm says, and where its runbook stands.

A sentence is the heading of its runbook in `docs/operations.md` as well; a test compares them.
"""

from enum import StrEnum

PAGE = "docs/operations.md"


class Runbook(StrEnum):
    """What has happened, as a person is told."""

    WAITING = "Messages wait longer than they should"
    DEAD_LETTERS = "Dead letters lie unread"
    DEAD_LETTERS_READ = "Messages were dead-lettered"
    REPORT_MISSED = "A failure report was not made"
    EVENTS_LATE = "Events reach the archive late"
    NO_EVENTS = "Messages were sent and no event came"
    ERRORS = "A function raised an error"
    THROTTLES = "Lambda turned invocations away"
    SERVER_ERRORS = "The API answers with errors"
    STOPPED = "A function no longer runs"
    LIMITER_UNAVAILABLE = "The rate limiter does not answer"
    CIRCUIT_OPEN = "A channel is parked"
    BOUNCES = "Too many e-mails bounce"
    COMPLAINTS = "Too many e-mails are complained of"
    WEBHOOK_DISABLED = "A webhook was disabled"
    BOOKS_OFF = "The books are off"
    QUARANTINED = "Records are no events"
    CANARY_FAILED = "The canary did not arrive"
    OBJECTS_MISSED = "Archived objects were not announced"

    @property
    def anchor(self) -> str:
        """The heading's anchor, as GitHub makes it of letters, hyphens and blanks."""
        return self.value.lower().replace(" ", "-")

    def told(self, page: str = PAGE) -> str:
        """Return the description of an alarm: the sentence, and where on the page to read on."""
        return f"{self.value}. What to do: {page}#{self.anchor}"
