"""Reads delivery events, by whatever route they came, into Postgres."""
