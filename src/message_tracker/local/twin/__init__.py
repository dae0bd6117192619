"""The provider twin: SES, SMS and Firehose on this machine, as AWS clients see them.

One small server that takes what the senders send, keeps it in an inbox one can look at, and
publishes the events AWS would, in fair weather or foul. `provider_twin` runs it.
"""

from message_tracker.local.twin.running import (
    LOCAL_CONFIGURATION_SET,
    Twin,
    TwinOptions,
    provider_twin,
)

__all__ = ["LOCAL_CONFIGURATION_SET", "Twin", "TwinOptions", "provider_twin"]
