"""Who may do what: the permission matrix, one line a permission."""

from functools import cache

EVERYONE = frozenset(
    {"support", "support_lead", "product", "on_call", "communications", "leadership"}
)
SUPPORT = frozenset({"support", "support_lead"})
LEAD = frozenset({"support_lead"})

# Administrators may do everything and are not listed.
MATRIX: dict[str, frozenset[str]] = {
    "tickets.read": EVERYONE,
    "tickets.create": SUPPORT | {"product", "on_call"},
    "tickets.reply": SUPPORT,
    "tickets.note": SUPPORT | {"product", "on_call"},
    "tickets.share": LEAD,  # canned replies and macros for everybody
    "tickets.assign": SUPPORT,
    "tickets.change": SUPPORT,  # status, priority, tags, snooze, custom fields
    "tickets.merge": SUPPORT,
    "tickets.bulk": SUPPORT,
    "tickets.balance": LEAD,  # who carries how much, who is away, the rules of assignment
    "views.share": LEAD,
    "tickets.import": LEAD,
    "tickets.export": LEAD | {"product", "leadership"},
    "mail.read": SUPPORT | {"on_call"},  # what arrived and was held back
    "mail.file": SUPPORT,  # let it in, discard it, block its sender
    "features.read": EVERYONE,
    "features.link": SUPPORT | {"product"},  # who asked for what on which ticket; open a new one
    "features.change": frozenset({"product"}),  # its words, and that two are one
    "features.decide": frozenset({"product"}),  # plan, begin, ship, decline, park
    "catalog.read": EVERYONE,
    "customers.read": EVERYONE,
    "customers.change": SUPPORT | {"product"},
    "customers.take_out": frozenset(),  # everything known of somebody, in a file
    "customers.erase": frozenset(),  # and approved by a second person
    "incidents.read": EVERYONE,
    "incidents.private": frozenset({"on_call", "leadership"}),  # those that are not for all
    "incidents.declare": SUPPORT | {"on_call"},
    "incidents.link": SUPPORT | {"on_call"},  # which tickets are of one
    "incidents.command": frozenset({"on_call"}),  # its way, and every update
    "sla.read": EVERYONE,
    "sla.waive": LEAD,
    "sla.set_due": LEAD,
    "sla.propose": LEAD | {"product"},  # draft policies and hours, and try them
    "sla.publish": LEAD | {"leadership"},
    "metrics.read": EVERYONE,
    "metrics.import": frozenset({"on_call"}),  # run, back-fill, undo
    "metrics.change": frozenset(),  # sources and their secrets
    "figures.read": EVERYONE,
    "figures.snapshot": frozenset({"leadership", "product", "support_lead"}),
    "surveys.read": EVERYONE,
    "calendars.read": EVERYONE,
    "actions.read": EVERYONE,
    "actions.change": EVERYONE,
    "outbox.read": EVERYONE,
    "outbox.retry": frozenset({"on_call", "support_lead"}),
    "outbox.endpoints": frozenset(),  # which programs hear of what
    "timeline.audit": frozenset(),
    "accounts.manage": frozenset(),
}


@cache
def permissions_of(roles: frozenset[str]) -> frozenset[str]:
    """Every permission the roles add up to."""
    if "administrator" in roles:
        return frozenset(MATRIX)
    return frozenset(name for name, allowed in MATRIX.items() if allowed & roles)
