"""Tickets: read by words, changed by the verbs a person has; a file for each kind of verb."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError

from apps.api.limits import LARGEST_BODY, WITH_FILES
from apps.api.remembering import Remembered
from apps.api.resource import Listed, Resource, resource
from apps.tickets.listing import asked
from apps.tickets.models import Ticket
from apps.tickets.rules.words import ask

from . import (
    asking,
    checklists,
    clocks,
    creating,
    macros,
    moving,
    owing,
    reading,
    relations,
    sorting,
    talking,
)
from .shown import TicketOut


@resource("tickets")
class Tickets(
    creating.Creating,
    reading.Reading,
    talking.Talking,
    sorting.Sorting,
    moving.Moving,
    macros.UsingMacros,
    clocks.Clocks,
    checklists.Checklists,
    asking.Asking,
    owing.Owing,
    relations.Relations,
    Remembered,
    Listed,
    Resource,
):
    """Tickets, newest first; `q` takes the words of the portal's filter."""

    queryset = Ticket.objects.select_related("customer", "contact", "assignee", "queue", "label")
    serializer_class = TicketOut
    filterset_fields = ["external_id"]
    ordering = ("-pk",)
    needs = {
        **creating.NEEDS,
        **reading.NEEDS,
        **talking.NEEDS,
        **sorting.NEEDS,
        **moving.NEEDS,
        **macros.NEEDS,
        **clocks.NEEDS,
        **checklists.NEEDS,
        **asking.NEEDS,
        **owing.NEEDS,
        **relations.NEEDS,
    }

    @property
    def largest_body(self) -> int:
        return WITH_FILES if self.action in talking.WITH_FILES else LARGEST_BODY

    def initial(self, request, *args, **kwargs) -> None:
        self.parameters = frozenset({"q"}) if self.action == "list" else self._paged()
        super().initial(request, *args, **kwargs)

    def _paged(self) -> frozenset[str]:
        if self.action == "alike":
            return frozenset({"subject", "contact"})
        return frozenset({"cursor", "limit"}) if self.action == "messages" else frozenset()

    def filter_queryset(self, queryset):
        queryset = super().filter_queryset(queryset)
        if self.action != "list" or not (typed := self.request.query_params.get("q")):
            return queryset
        question = ask(typed)
        if question.problems:
            raise ValidationError({"q": list(question.problems)})
        return asked(question, self.request.user, among=queryset)

    @extend_schema(parameters=[OpenApiParameter("q", str, description="As in the portal.")])
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)
