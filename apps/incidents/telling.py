"""Long updates: some tickets a step."""

from django.utils import timezone

from apps.outbox.models import Job

from .choices import Reach
from .models import IncidentUpdate


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
