"""Clocks as arithmetic: (events, policy versions, calendar versions, now) → verdicts, segments.

`read` a timeline, `assess` its clocks, `explain` one of them. No database, no clock reading.
"""

from apps.sla.rules.clocks import Clock, assess
from apps.sla.rules.events import Event, Ticket
from apps.sla.rules.policy import Policy, Step, Term
from apps.sla.rules.segments import Segment, explain
from apps.sla.rules.shape import compile_policy, warnings_of
from apps.sla.rules.timeline import Epoch, Spell, Timeline, read

__all__ = [
    "Clock",
    "Epoch",
    "Event",
    "Policy",
    "Segment",
    "Spell",
    "Step",
    "Term",
    "Ticket",
    "Timeline",
    "assess",
    "compile_policy",
    "explain",
    "read",
    "warnings_of",
]
