"""Tells a person at once when something is wrong, and when it is over."""
