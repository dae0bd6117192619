"""The rules of messaging, pure: no clock, no environment, no I/O."""
