"""How long to wait before another try: exponential backoff with full jitter.

The wait is drawn evenly from zero to a ceiling that doubles with every failure, so that those who
failed together do not come back together.
"""

from datetime import timedelta

FIRST_CEILING = timedelta(seconds=30)
LAST_CEILING = timedelta(minutes=15)

MOST_ATTEMPTS = 5
"""Provider calls that count, after which a message is given up."""


def ceiling(failures: int) -> timedelta:
    """Return the longest wait after so many failures in a row (1, 2, …)."""
    doublings = min(failures - 1, 16)  # beyond that the product could leave timedelta's range
    return min(LAST_CEILING, FIRST_CEILING * (1 << doublings))


def full_jitter(failures: int, fraction: float) -> timedelta:
    """Return the wait after so many failures; `fraction` is a random number of [0, 1)."""
    return ceiling(failures) * fraction
