"""What stands behind an owed answer: the page of the record it is about."""

from apps.tickets.models import OwedAnswer

from .addresses import address_of

# kind → the name of its page
PAGES: dict[str, str] = {"feature_request": "request", "incident": "incident"}


def page_of(answer: OwedAnswer) -> str:
    """Where one reads what became of it; nothing where there is no page."""
    name = PAGES.get(answer.kind, "")
    return address_of(name, answer.subject_id) if name else ""
