"""Keeps the books: a loss is found and named, whoever lost it."""
