"""The daily letting go of what is old."""
