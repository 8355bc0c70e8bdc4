"""Tickets and what is owed on them; `tickets` puts the files together."""

from . import tickets  # noqa: F401  (enters itself in the router)
