"""Long work for requests that thousands ask for: some of them a step."""

from django.utils import timezone

from apps.outbox.models import Job

from .models import FeatureRequest


def step(job: Job) -> bool:
    """Some more are owed word of what it is, or of what it was no more; true when it is over."""
    found = FeatureRequest.objects.select_for_update().get(pk=job.params["request"])
    how = {name: job.params[name] for name in ("among", "as_before") if name in job.params}
    cursor, went = found.owe_some(job.cursor, **how, by=job.started_by, at=timezone.now())
    for what, count in went.items():
        job.counts[what] = job.counts.get(what, 0) + count
    job.done += sum(went.values())
    job.result = {"url": found.get_absolute_url(), "label": "The request"}
    if cursor is None:
        job.total = job.done
        return True
    job.cursor = cursor
    return False
