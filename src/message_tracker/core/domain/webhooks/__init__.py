"""Callbacks: whom we call, what we say, and what we make of the answer."""
