"""What stands behind an owed answer: the page of the record it is about."""

from apps.tickets.models import OwedAnswer

from .addresses import address_of

PAGES: dict[str, str] = {"incident": "incident"}  # kind → the name of its page


def page_of(answer: OwedAnswer) -> str:
    """Where one reads what became of it; nothing where there is no page."""
    name = PAGES.get(answer.kind, "")
    return address_of(name, answer.subject_id) if name else ""
