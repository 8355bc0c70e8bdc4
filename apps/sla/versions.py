"""Published versions, compiled once a process: they never change."""

import json
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from apps.calendars.models import CalendarVersion
from apps.calendars.rules import ALWAYS, Calendar, compile_calendar

from .drafts import Draft, compile_draft
from .models import Policy, PolicyVersion


class Promise(NamedTuple):
    """A compiled policy version, and whose it is."""

    policy: int
    draft: Draft
    name: str


class Facts(NamedTuple):
    """What of a ticket decides which policy is for it."""

    priority: str
    tier: str | None
    queue: int | None
    tags: frozenset[str]


class Offer(NamedTuple):
    """A policy in force: its conditions and the versions a new ticket gets."""

    policy: int
    version: int
    calendar_version: int | None
    conditions: dict[str, Any]

    def fits(self, facts: Facts) -> bool:
        """Every condition that asks something holds; of tags and queues any one will do."""
        asked = self.conditions
        return (
            (not asked["priorities"] or facts.priority in asked["priorities"])
            and (not asked["tiers"] or facts.tier in asked["tiers"])
            and (not asked["queues"] or facts.queue in asked["queues"])
            and (not asked["tags"] or not facts.tags.isdisjoint(asked["tags"]))
        )


@lru_cache(maxsize=4096)
def promise_of(version: int) -> Promise:
    """The policy version of that id."""
    found = PolicyVersion.objects.select_related("policy").get(pk=version)
    return Promise(found.policy_id, compile_draft(found.spec), str(found))


@lru_cache(maxsize=4096)
def _calendar_of(version: int) -> Calendar:
    return compile_calendar(CalendarVersion.objects.get(pk=version).spec)


def calendar_of(version: int | None) -> Calendar:
    """The calendar version of that id; around the clock for none."""
    return ALWAYS if version is None else _calendar_of(version)


OFFERED = """
(SELECT coalesce(json_agg(json_build_array(p.id, v.id, c.current_id, v.conditions)
   ORDER BY p.is_default, p.position, p.id), '[]')::text
 FROM sla_policy p JOIN sla_policyversion v ON v.id = p.current_id
 LEFT JOIN calendars_calendar c ON c.id = v.calendar_id WHERE p.retired_at IS NULL)
"""
"""The policies in force in the order they are tried: a few words that travel with any question, so
that they are always what is true now, and are read but once a process."""


def offers() -> list[Offer]:
    """The policies in force in the order they are tried; the last one fits everything."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {OFFERED}")
        return offers_in(cursor.fetchone()[0])


def offers_in(told: str) -> list[Offer]:
    """The same from what `OFFERED` told."""
    found = [*_read(told)]
    if not found or any(found[-1].conditions.values()):
        found.append(_offer(Policy.objects.default()))
    return found


@lru_cache(maxsize=64)
def _read(told: str) -> tuple[Offer, ...]:
    return tuple(Offer(*one) for one in json.loads(told))


def _offer(policy: Policy) -> Offer:
    version = policy.current
    calendar = version.calendar
    return Offer(
        policy.pk,
        version.pk,
        calendar.current_id if calendar else None,
        version.conditions,
    )


def fitting(offered: list[Offer], facts: Facts) -> Offer:
    """The first that fits."""
    return next(offer for offer in offered if offer.fits(facts))
