"""The daily inventory of the archive."""
