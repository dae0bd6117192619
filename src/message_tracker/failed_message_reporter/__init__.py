"""Marks dead letters and mails a person what failed, why, and what to do."""
