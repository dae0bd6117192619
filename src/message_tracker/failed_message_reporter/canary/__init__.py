"""Sends to the simulators on a schedule, and says whether it arrived."""
