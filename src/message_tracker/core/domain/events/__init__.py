"""What the providers report, in one vocabulary."""
