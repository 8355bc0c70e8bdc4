"""Incidents, their tickets, their updates, and how often is promised to write."""

from .cadence import Cadence
from .incident import Incident
from .link import IncidentTicket
from .update import IncidentUpdate, UpdateItem

__all__ = ["Cadence", "Incident", "IncidentTicket", "IncidentUpdate", "UpdateItem"]
