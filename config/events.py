"""Which records' changes programs may hear of: `ticket` gives the events `ticket.VERB`."""

EVENTS: frozenset[str] = frozenset(
    {
        "action",
        "calendar",
        "contact",
        "customer",
        "decision",
        "feature_request",
        "import_run",
        "incident",
        "marker",
        "metric",
        "policy",
        "source",
        "survey",
        "threshold",
        "ticket",
    }
)
