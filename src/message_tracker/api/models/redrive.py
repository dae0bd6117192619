"""What is asked and answered of a redrive."""

from pydantic import Field

from message_tracker.api.models.answer import Answer
from message_tracker.core.domain.redrive import Consent, Verdict
from message_tracker.core.domain.validation import Strict


class RedriveBody(Strict):
    """How to redrive."""

    dry_run: bool = Field(default=False, description="only tell what would come of it")
    even_if_sent_twice: bool = Field(
        default=False, description="also what is unconfirmed and may therefore come twice"
    )
    even_if_stale: bool = Field(
        default=False, description="also what has outlived its time to live; it then has none"
    )

    @property
    def consent(self) -> Consent:
        """What the caller has agreed to."""
        return Consent(even_if_sent_twice=self.even_if_sent_twice, even_if_stale=self.even_if_stale)


class RedriveAnswer(Answer):
    """What came of a redrive, or would."""

    dry_run: bool
    redriven: int = Field(description="messages that are put up to be sent again, or would be")
    skipped: dict[Verdict, int] = Field(description="messages that stay as they are, and why")
    is_complete: bool = Field(description="false: repeat the call for the rest")
