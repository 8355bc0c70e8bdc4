"""What a dry run of a policy or a calendar answers: the same for both."""

from typing import Any

from rest_framework import serializers

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
