"""Who may object to what one app does without knowing them: act → functions of the ids meant.

Each returns the ids it objects to, with the sentence that refuses them. A lower floor asks before
it acts on what an upper one has promised.
"""

OBJECTIONS: dict[str, list[str]] = {
    "ticket.remove": ["apps.privacy.holding.of_tickets"],  # an import is undone
    "contact.remove": ["apps.privacy.holding.of_contacts"],
    "customer.remove": ["apps.privacy.holding.of_customers"],
    "job.go_on": ["apps.tickets.bulking.objections", "apps.incidents.telling.objections"],
    "ticket.prioritise": ["apps.sla.waiving.objections"],  # a due date set by hand asks first
}
