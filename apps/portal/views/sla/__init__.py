"""Promises: how well they are kept, what they say, and when we work."""
