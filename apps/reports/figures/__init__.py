"""The numbers of the support report, by subject; each knows the very records it counts."""

from . import (  # noqa: F401  (each enters its definitions)
    arriving,
    backlog,
    forecast,
    load,
    pauses,
    promises,
    resolution,
    response,
)
