"""Message Tracker: e-mail and SMS, sent inside the limits, tracked and reported."""
