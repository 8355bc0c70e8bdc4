"""Evidence: who asked for it, on which ticket, and how much it matters to them."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.tickets.models import Message, OwedAnswer, Ticket
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_text

from ..choices import Importance, Status
from ..rules import OUTCOMES
from .insight import LONGEST_SNIPPET, Insight


class Gathering:
    """Verbs of a request about its insights.

    Whoever asks for what has become something already is owed word of it at once.
    """

    def add_insight(
        self,
        ticket: Ticket,
        *,
        importance: int = Importance.NICE,
        snippet: str = "",
        message: Message | None = None,
        by: Any,
        at: datetime,
    ) -> Insight:
        """Somebody asked for it on this ticket: `message` says where, `snippet` in which words."""
        importance = _fit(importance)
        snippet = clean_text(snippet, limit=LONGEST_SNIPPET, field="snippet").strip()
        with transaction.atomic():
            self.hold()
            if self.status == Status.DUPLICATE:
                raise Refused("This request goes on in another one: link to that.")
            with ticket.held("contact", "customer"):
                known = Insight.objects.of_request(self.pk).filter(ticket=ticket)
                if known.standing().exists():
                    raise Refused(f"#{ticket.pk} is linked to it already.", code="taken")
                if message and message.ticket_id not in ticket.family():
                    raise Refused("That message is on another ticket.", field="message")
                found = known.filter(request=self).first()
                insight = found or Insight(request=self, ticket=ticket, added_by=by, added_at=at)
                insight.importance, insight.snippet = importance, snippet
                insight.message, insight.contact = message, ticket.contact
                insight.said_at = message.at if message else ticket.reported_at
                insight.removed_at = None
                insight.freeze(ticket.customer)
                insight.save()
                ticket.record("asked_for", by=by, at=at, request=self.pk, title=[None, self.title])
            self._counted("insight_added", insight, by=by, at=at, ticket=[None, ticket.pk])
            self.owe_since([insight], by=by, at=at)
        return insight

    def change_insight(
        self,
        insight: Insight,
        *,
        importance: int | None = None,
        snippet: str | None = None,
        by: Any,
        at: datetime,
    ) -> None:
        """It matters to them more, or less, or in other words."""
        with transaction.atomic():
            self._hold_with(insight)
            told: dict[str, Any] = {}
            if importance is not None and (fit := _fit(importance)) != insight.importance:
                told["importance"] = [insight.importance, fit]
                insight.importance = fit
            if snippet is not None:
                said = clean_text(snippet, limit=LONGEST_SNIPPET, field="snippet").strip()
                if said != insight.snippet:
                    told["reworded"] = True
                    insight.snippet = said
            if not told:
                raise Refused("It is so already.")
            insight.save(update_fields=["importance", "snippet"])
            self._counted("insight_changed", insight, by=by, at=at, **told)

    def remove_insight(self, insight: Insight, *, by: Any, at: datetime) -> None:
        """It was not this that they asked for; `restore_insight` takes that back."""
        with transaction.atomic():
            self._hold_with(insight)
            insight.removed_at = at
            insight.save(update_fields=["removed_at"])
            self._tell_ticket(insight, "asked_no_more", by=by, at=at)
            self._counted(
                "insight_removed", insight, by=by, at=at, ticket=[insight.ticket_id, None]
            )
            if self.goes_on.status in OUTCOMES:
                OwedAnswer.objects.withdraw(
                    *self.goes_on.outcome, asked_on=[insight.ticket_id], by=by, at=at
                )

    def restore_insight(self, insight: Insight, *, by: Any, at: datetime) -> None:
        """It was this after all, with everything that was known of it."""
        with transaction.atomic():
            self._hold_with(insight, removed=True)
            insight.removed_at = None
            insight.save(update_fields=["removed_at"])
            self._tell_ticket(insight, "asked_for", by=by, at=at)
            self._counted(
                "insight_restored", insight, by=by, at=at, ticket=[None, insight.ticket_id]
            )
            self.owe_since([insight], by=by, at=at)

    def evidence(self) -> Any:
        """Every insight on it, and on what was merged into it."""
        return Insight.objects.of_request(self.pk).standing()

    # --- parts ----------------------------------------------------------------------------------

    def _hold_with(self, insight: Insight, *, removed: bool = False) -> None:
        self.hold()
        insight.refresh_from_db(from_queryset=Insight.objects.select_for_update())
        if insight.request_id != self.pk:
            raise Refused("That is evidence on another request.")
        if bool(insight.removed_at) != removed:
            raise Refused("It is there." if removed else "It was removed.")

    def _counted(self, verb: str, insight: Insight, *, by: Any, at: datetime, **told: Any) -> None:
        """On a held row: who asks is counted anew, and told."""
        type(self).objects.recount([self.goes_on.pk])
        self.touch(at)
        self.record(verb, by=by, at=at, insight=insight.pk, **told)

    def _tell_ticket(self, insight: Insight, verb: str, *, by: Any, at: datetime) -> None:
        ticket = Ticket(pk=insight.ticket_id)
        with ticket.held():
            ticket.record(verb, by=by, at=at, request=self.pk, title=[None, self.title])


def _fit(importance: Any) -> int:
    if importance not in Importance.values:
        raise Refused("Importance runs from 0 to 3.", field="importance")
    return int(importance)
