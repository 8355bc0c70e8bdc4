"""Whoever an incident hit is owed word of how it ended."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from apps.tickets.choices import Answer
from apps.tickets.models import OwedAnswer
from apps.tickets.models.owed_answer import Cause, OwedAnswerQuerySet

ENDED = "resolved"
DRAFT = (
    'Hello {{ contact.first_name | "there" }},\n\n'
    "the trouble behind your request “{{ ticket.subject }}” is over: we have resolved"
    " “{{ about.title }}”.\n\n"
    "Please try again. If anything is wrong still, answer this mail and we look at it at once."
)


class Closing:
    """What an incident's end owes to its tickets; a private one is told to no customer."""

    def owe_answers(self, *, by: Any, at: datetime, as_before: bool = False) -> None:
        """On a held row: every linked ticket is to close its loop, with a drafted reply.

        An end that comes after people were told of an earlier one is another end.
        """
        if self.private:
            return
        outcomes = self.answers().filter(state=Answer.TOLD).values("became").distinct().count()
        became = ENDED if not outcomes else f"{ENDED} {outcomes + 1}"
        if as_before and (last := self.answers().order_by("-owed_at", "-pk").first()):
            became = last.became
        tickets = list(self.links.values_list("ticket", flat=True))
        cause = Cause(self.kind, self.pk, became, self.title, DRAFT)
        OwedAnswer.objects.owe(tickets, cause, by=by, at=at)

    def withdraw_answers(self, *, by: Any, at: datetime) -> None:
        """On a held row: it did not end, so nobody is owed word of its end."""
        for became in set(self.answers().owed().values_list("became", flat=True)):
            OwedAnswer.objects.withdraw(self.kind, self.pk, became, by=by, at=at)

    def answers(self) -> OwedAnswerQuerySet:
        """Word of its end that is or was owed."""
        return OwedAnswer.objects.about(self.kind, self.pk).standing()

    def told_of_its_end(self) -> tuple[int, int]:
        """How many tickets were told how it ended, of how many that are to be."""
        found = self.answers().exclude(state=Answer.WAIVED)
        counts = found.aggregate(all=Count("pk"), told=Count("pk", filter=Q(state=Answer.TOLD)))
        return counts["told"], counts["all"]
