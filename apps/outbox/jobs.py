"""Doing long work: one step, one transaction, until it is over, cancelled or refused."""

import logging
import random
import time
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce, Now
from django.utils.module_loading import import_string

from apps.timeline.refusal import Refused

from . import claims, rules
from .choices import WorkState
from .models import Job

log = logging.getLogger(__name__)
TRIES = 6
LEASE = 60.0


def advance_next() -> bool:
    """Take the next due job some steps further; False when there is none.

    A step is `step(job) -> bool`, named in `config/jobs.py`: it does about a second of work,
    moves `job.cursor`, `job.done`, `job.counts`, and says whether it was the last one.
    """
    job = claims.take(Job, lease=LEASE)
    if job is None:
        return False
    until = time.monotonic() + rules.DRAIN
    try:
        while _step(job):
            if time.monotonic() > until:
                _mine(job).update(
                    state=WorkState.PENDING, lease=None, lease_until=None, next_at=Now()
                )
                break
    except claims.AWAY:
        raise
    except Refused as refused:
        _fail(job, refused.sentence)
    except Exception as error:
        log.exception("job failed", extra={"job": job.pk})
        words = f"{type(error).__name__}: {error}"
        if job.attempts >= TRIES:
            _fail(job, words)
        else:
            _put_off(job, words)
    return True


def do_now(job: Job) -> None:
    """Work known to be short, in the transaction that ordered it: the job keeps its result."""
    step = import_string(settings.JOBS[job.work])
    while not step(job):
        pass
    job.state, job.began_at, job.done_at = WorkState.DONE, Now(), Now()
    job.save()
    job.refresh_from_db()


def _step(job: Job) -> bool:
    """One step in one transaction; False when it was the last, or the job is no longer ours."""
    with transaction.atomic():
        mine = _mine(job).select_for_update().first()
        if mine is None:
            return False
        step = settings.JOBS.get(mine.work)
        if step is None:
            raise Refused(f"Nobody here does the work “{mine.work}”.")
        over = import_string(step)(mine)
        if mine.total is not None:  # what came since it was ordered is done with the rest
            mine.total = max(mine.total, mine.done)
        mine.attempts = 0
        mine.lease_until = Now() + timedelta(seconds=LEASE)
        mine.began_at = Coalesce("began_at", Now())
        mine.last_error = ""
        if over:
            mine.state, mine.lease, mine.lease_until = WorkState.DONE, None, None
            mine.done_at = Now()
        mine.save()
    return not over


def _mine(job: Job):
    return Job.objects.filter(pk=job.pk, lease=job.lease, state=WorkState.WORKING)


def _fail(job: Job, words: str) -> None:
    _mine(job).update(
        state=WorkState.FAILED,
        lease=None,
        lease_until=None,
        done_at=Now(),
        last_error=words.replace("\x00", "\ufffd")[:2000],
    )


def _put_off(job: Job, words: str) -> None:
    pause = rules.pause(job.attempts + 1, random.random())  # noqa: S311
    _mine(job).update(
        state=WorkState.PENDING,
        lease=None,
        lease_until=None,
        last_error=words.replace("\x00", "\ufffd")[:2000],
        next_at=Now() + timedelta(seconds=pause),
    )
