"""The sweeper: finds, every minute, what is due, forsaken, settled, expired or in doubt."""
