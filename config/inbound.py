"""Who reads which kind of event that arrived: `reader(event)`, in one transaction with its mark."""

INBOUND: dict[str, str] = {
    "mail": "apps.tickets.hooked.take",
}
