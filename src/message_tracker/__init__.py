"""Message Tracker: e-mail and SMS, sent inside the limits, tracked and reported."""

import gc

# What a start loads stays. To look through it for garbage after every 700 objects, which is
# CPython's habit, would take a fifth of the start.
gc.set_threshold(300_000, 20, 100)
