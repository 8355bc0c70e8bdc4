"""Long work: how far it is, stopped and gone on with."""

from rest_framework import serializers

from apps.api.access import may
from apps.api.resource import Listed, Resource, resource, verb
from apps.outbox.models import Job


class JobOut(serializers.ModelSerializer):
    """What is done, by whose order, how much of how much, and the record it is about."""

    counts = serializers.DictField(read_only=True)
    result = serializers.DictField(read_only=True, allow_null=True)
    why_not_on = serializers.SerializerMethodField(
        help_text="Why stopped work cannot go on; empty where it can, or is not stopped."
    )

    class Meta:
        model = Job
        fields = [
            *("id", "work", "title", "subject_kind", "subject_id", "state", "done", "total"),
            *("counts", "result", "started_by", "created_at", "began_at", "done_at"),
            *("last_error", "why_not_on"),
        ]
        read_only_fields = fields

    def get_why_not_on(self, job: Job) -> str:
        return job.why_not_on if job.is_stopped else ""


@resource("jobs")
class Jobs(Listed, Resource):
    """Your own long work, newest first; everybody's for those who look after it."""

    queryset = Job.objects.all()
    serializer_class = JobOut
    filterset_fields = ["work", "state", "subject_kind", "subject_id"]
    ordering = ("-pk",)
    needs = {"read": "outbox.read", "cancel": "outbox.read", "go_on": "outbox.read"}

    def get_queryset(self):
        found = super().get_queryset()
        return found if may(self.request, "outbox.retry") else found.of(self.request.user)

    @verb()
    def cancel(self, job, words, *, by, at):
        job.cancel(by=by, at=at)

    @verb()
    def go_on(self, job, words, *, by, at):
        job.go_on(by=by, at=at)
