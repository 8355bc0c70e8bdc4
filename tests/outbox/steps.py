"""Long work, periodic work and readers for the tests."""

from apps.outbox.models import Job, Notification
from apps.timeline.refusal import Refused


def count(job: Job) -> bool:
    """Counts to the job's total, or just past it, in steps of a hundred."""
    job.done += 100
    job.counts = {"counted": job.done}
    if job.done < job.total:
        return False
    job.result = {"last": job.done}
    return True


def refuse(job: Job) -> bool:
    raise Refused("This file holds no tickets.")


def stumble(job: Job) -> bool:
    job.done += 50
    job.save()
    raise ZeroDivisionError("half way")


def tell_ada(*, at) -> None:
    """Periodic work: one notification per slot, which fails to be unique if a slot runs twice."""
    from apps.accounts.models import User

    Notification.objects.create(
        person=User.objects.get(email="ada@demo.test"),
        cause=f"slot:{at:%Y-%m-%dT%H:%M:%S}",
        sentence="A slot ran.",
        at=at,
    )


def fail(*, at) -> None:
    tell_ada(at=at)
    raise ZeroDivisionError("after its effect")


def read(event) -> None:
    """A reader with an effect."""
    from apps.accounts.models import User

    person = User.objects.get(email="ada@demo.test")
    Notification.objects.create(
        person=person, cause=f"event:{event.key}", sentence="Read.", at=event.received_at
    )
    if b"refuse" in bytes(event.body):
        raise Refused("No alert is in it.")
    if b"stumble" in bytes(event.body):
        raise KeyError("alerts")
