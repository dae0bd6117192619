"""What a stage costs: its own machinery, line by line, from its own template."""
