"""Feature requests: the list, one with its evidence, and what becomes of it."""
