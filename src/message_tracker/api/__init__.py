"""The HTTP API: intake and reads."""
