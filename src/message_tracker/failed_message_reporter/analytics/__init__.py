"""Counts each day once it is over, and corrects it while more is told of it."""
