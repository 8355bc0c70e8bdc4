"""Files of tickets with their history, written as long work."""

from django.http import FileResponse, Http404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from apps.api.fields import Line
from apps.api.resource import Listed, Resource, creates, resource
from apps.outbox.models import Job
from apps.tickets import exporting
from apps.tickets.rules.words import ask


class TicketExportOut(serializers.ModelSerializer):
    """How far a file is; `file` is where to fetch it once it is done."""

    q = serializers.CharField(source="params.words", read_only=True)
    format = serializers.ChoiceField(exporting.FORMATS, source="params.format", read_only=True)
    tickets = serializers.IntegerField(source="done", read_only=True)
    file = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = ["id", "q", "format", "state", "tickets", "total", "created_at", "done_at", "file"]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_file(self, job: Job) -> str | None:
        done = job.state == "done"
        return reverse("api:ticket-exports-file", args=[job.pk]) if done else None


class NewTicketExport(serializers.Serializer):
    """Which tickets, in the words of the list, and how they are written."""

    q = Line(limit=400, required=False, allow_blank=True, default="")
    format = serializers.ChoiceField(exporting.FORMATS, default="jsonl")

    def validate_q(self, words: str) -> str:
        if problems := ask(words).problems:
            raise serializers.ValidationError(list(problems))
        return words


@resource("ticket-exports")
class TicketExports(Listed, Resource):
    """The files you ordered."""

    queryset = Job.objects.filter(work="tickets.export")
    serializer_class = TicketExportOut
    needs = {"read": "tickets.export", "create": "tickets.export", "file": "tickets.export"}

    def get_queryset(self):
        return super().get_queryset().filter(started_by=self.request.user.pk)

    @creates(NewTicketExport)
    def create(self, words, *, by, at):
        return exporting.start(words["q"], words["format"], by=by, at=at)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str) -> FileResponse:
        """The file itself."""
        job = self.get_object()
        path = exporting.path_of(job)
        if job.state != "done" or not path.exists():
            raise Http404
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
