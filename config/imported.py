"""What an imported ticket, contact, customer or colleague takes along when its import is undone.

Tables that hold what our own programs wrote about it. A row in any other that refers to it is
somebody's work, and keeps it; a new table therefore keeps until somebody says otherwise.
"""

TAKEN_ALONG = frozenset(
    {
        "accounts.UserEvent",
        "tickets.Message",
        "tickets.SearchDoc",
        "tickets.ImportedTicket",
        "tickets.ImportBefore",
        "tickets.Unplaced",
        "tickets.Presence",
        "sla.Clock",
        "sla.Difference",
        "sla.StepFired",
        "sla.Terms",
        "reports.Stand",
        "reports.Stretch",
        "reports.Solve",
    }
)
