"""What a dry run of a policy or a calendar answers: the same for both."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.outbox.models import Job
from apps.sla import dry_run
from apps.sla.dry_run import FATES, Change


class DryRunFate(serializers.Serializer):
    """One open clock that moves; seconds since 1970, null where it has no due date."""

    ticket = serializers.IntegerField()
    kind = serializers.CharField()
    was = serializers.IntegerField(allow_null=True)
    will = serializers.IntegerField(allow_null=True)


class DryRunOutcome(serializers.Serializer):
    """Clocks decided in the last 90 days, without waived breaches."""

    met = serializers.IntegerField()
    breached = serializers.IntegerField()


class DryRunPast(serializers.Serializer):
    """As it was, and as it would have been by the draft."""

    was = DryRunOutcome()
    would = DryRunOutcome()


class DryRunClocks(serializers.Serializer):
    """At most a hundred clocks of each fate; all are counted."""

    breached = DryRunFate(many=True)
    saved = DryRunFate(many=True)
    moved = DryRunFate(many=True)


class DryRunPreview(serializers.Serializer):
    """What the draft would do to open tickets if they followed."""

    tickets = serializers.IntegerField(help_text="Open tickets looked at.")
    breached = serializers.IntegerField()
    saved = serializers.IntegerField()
    moved = serializers.IntegerField()
    listed = DryRunClocks()
    past = DryRunPast()


class DryRunOut(serializers.Serializer):
    """A dry run; `preview` is null while it looks."""

    job = serializers.IntegerField()
    state = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    preview = DryRunPreview(allow_null=True)


class Publish(serializers.Serializer):
    """Why, and whether open tickets follow: that needs a dry run of this very draft."""

    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    reapply = serializers.BooleanField(default=False)


class Reapply(serializers.Serializer):
    """Why open tickets go by the version in force from now on."""

    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


def shown(job: Job | None) -> dict[str, Any] | None:
    """A dry run as it stands; nothing where this draft was never tried."""
    if job is None:
        return None
    preview = dry_run.of_job(job) if job.result else None
    return {
        "job": job.pk,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "preview": preview
        and {
            "tickets": preview.tickets,
            **{fate: getattr(preview, fate) for fate in FATES},
            "listed": preview.listed,
            "past": preview.past,
        },
    }


def newest(change: Change) -> Job | None:
    """The newest dry run of the draft as it stands, finished or not."""
    found = Job.objects.filter(work=dry_run.WORK, params__draft=change.fingerprint)
    return found.order_by("-pk").first()


class Tried:
    """A resource whose draft can be tried before it is published."""

    def tried(self) -> Change:
        """The draft that is tried."""
        raise LookupError(f"{type(self).__name__} does not say what it tries.")

    @extend_schema(responses=DryRunOut)
    @action(detail=True, methods=["get"], url_path="dry-run")
    def dry_run(self, request: Request, pk: str) -> Response:
        """The newest dry run of the draft as it stands."""
        found = shown(newest(self.tried()))
        if found is None:
            raise Http404
        return Response(found)

    @extend_schema(request=None, responses={200: DryRunOut, 202: DryRunOut})
    @dry_run.mapping.post
    def order_dry_run(self, request: Request, pk: str) -> Response:
        """See what the draft would do: at once for a few tickets, else look again later."""
        job = dry_run.order(self.tried(), by=request.user, at=timezone.now())
        code = status.HTTP_200_OK if job.is_over else status.HTTP_202_ACCEPTED
        return Response(shown(job), status=code)
