"""Sends queued messages inside the account's rate, at most once each."""
