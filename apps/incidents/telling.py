"""Long updates: some tickets a step."""

from collections.abc import Sequence

from django.utils import timezone

from apps.outbox.models import Job

from .choices import Reach
from .models import IncidentUpdate
from .models.update import UPDATE


def objections(job_ids: Sequence[int]) -> dict[int, str]:
    """Jobs whose update was taken back meanwhile: they do not go on."""
    undone = IncidentUpdate.objects.exclude(undone_at=None)
    about = {"subject_kind": UPDATE, "subject_id__in": undone.values("pk")}
    found = Job.objects.filter(pk__in=job_ids, **about)
    return dict.fromkeys(found.values_list("pk", flat=True), "This update was taken back.")


def step(job: Job) -> bool:
    """Some more tickets are told; true when none was left."""
    updates = IncidentUpdate.objects.select_for_update(of=("self",)).select_related(
        "by", "incident"
    )
    update = updates.get(pk=job.params["update"])
    done = 0 if update.undone_at else update.tell_some(at=timezone.now())
    job.done += done
    counts = update.counts()
    job.counts = {
        str(Reach(name).label): count
        for name, count in counts.items()
        if count and name != Reach.WAITING
    }
    job.result = {"url": update.incident.get_absolute_url(), "label": "The incident"}
    return not done
