"""The doctor: what an account and a stage should look like, and what mends it where they do not.

Each module holds what was read of one thing, parsed from the service's own answer, and the
judgment on it: pure functions from the one to findings.
"""
