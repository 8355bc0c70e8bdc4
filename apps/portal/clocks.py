"""A ticket's clocks as its page shows them."""

from importlib.util import find_spec

from django.utils.module_loading import import_string

from apps.tickets.models import Ticket


def panel(ticket: Ticket) -> object | None:
    """What `apps.sla.explain` says of every clock."""
    if find_spec("apps.sla.explain") is None:
        return None
    return import_string("apps.sla.explain.panel")(ticket)
