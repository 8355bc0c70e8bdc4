"""What an administrator sets up before the first ticket: people, hours, promises, the product."""

from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password

from apps.accounts.models import Team, User
from apps.calendars.models import Calendar
from apps.catalog.models import Capability, Component, Product
from apps.sla import hours
from apps.sla.models import Policy
from apps.sla.publishing import publish_calendar
from apps.tickets.models import Queue

from .people import CAST, COLLEAGUES
from .promises import AT_LAUNCH, ENTERPRISE, EVERYTHING, OFFICE, SHORTER, STANDARD

PASSWORD = "demo"  # noqa: S105
LAUNCHED = timedelta(days=182)
COMPONENTS = (
    "Web app", "Dashboards", "Scheduled reports", "Exports", "Data sources", "API", "Webhooks",
    "Sign-in", "Mail", "Billing", "Security", "Status",
)  # fmt: skip

CAPABILITIES = (
    "Build a dashboard", "Schedule a report", "Export to CSV", "Embed a chart", "Single sign-on",
    "Webhooks",
)  # fmt: skip


def tell_people() -> dict[str, User]:
    """The cast and their colleagues, by e-mail address."""
    people, password = {}, make_password(PASSWORD)
    for person in (*CAST, *COLLEAGUES):
        administrator = person.role == "administrator"
        people[person.email] = User.objects.create(
            email=person.email,
            password=password,
            name=person.name,
            roles=[person.role],
            timezone=person.timezone,
            is_staff=administrator,
            is_superuser=administrator,
        )
    support = Team.objects.create(name="Support")
    support.members.set(
        user for user in people.values() if {"support", "support_lead"} & set(user.roles)
    )
    Team.objects.create(name="On call").members.set([people["otto@demo.test"]])
    return people


def tell_hours(now: datetime, by: User) -> Calendar:
    """The Berlin office, closed on public holidays and on one afternoon for the company day."""
    office = Calendar.objects.create(
        name="Berlin office",
        timezone=OFFICE["timezone"],
        weekly=OFFICE["weekly"],
        country="DE",
        subdivision="BE",
    )
    office.adopt_holidays(now.year - 1, now.year, now.year + 1)
    office.days.get_or_create(
        date=date(now.year, 12, 24),
        defaults={"name": "Christmas Eve", "spans": [["08:00", "12:00"]]},
    )
    publish_calendar(office, by=by, at=now - LAUNCHED, reason="As agreed with the team")
    return office


def tell_product(now: datetime, people: dict[str, User]) -> None:
    """Tidewater, its components, and what it can do."""
    product = Product.objects.create(
        name="Tidewater",
        slug="tidewater",
        description="Reports and dashboards for operations teams.",
        launched_on=(now - LAUNCHED).date(),
        owner=people["pia@demo.test"],
    )
    for position, name in enumerate(COMPONENTS):
        slug = name.lower().replace(" ", "-")
        Component.objects.create(product=product, name=name, slug=slug, position=position)
    for position, name in enumerate(CAPABILITIES):
        Capability.objects.create(
            product=product,
            name=name,
            slug=name.lower().replace(" ", "-"),
            position=position,
        )


def tell_queues(office: Calendar) -> dict[str, Queue]:
    """Where tickets are answered, and how long somebody else has who is asked about one."""
    return {
        slug: Queue.objects.create(
            name=name,
            slug=slug,
            address=address,
            sender_name='{{agent.first_name | "Support"}} at Tidewater',
            signature="{{agent.name}}\nTidewater support",
            team=Team.objects.get(name="Support"),
            calendar=office,
            answer_hours=8,
            position=position,
        )
        for position, (name, slug, address) in enumerate(
            (
                ("Support", "support", "support@demo.test"),
                ("Billing", "billing", "billing@demo.test"),
            )
        )
    }


def tell_promises(office: Calendar, now: datetime, people: dict[str, User]) -> None:
    """In office hours, what is urgent for Enterprise around the clock; tightened once since launch.

    The lead has a draft of both on the table, for somebody to try.
    """
    lead, product = people["sol@demo.test"], people["pia@demo.test"]
    launch, tightened = now - LAUNCHED, now - timedelta(days=75)
    standard = Policy.objects.get(is_default=True)
    standard.edit(by=lead, at=launch, name="Standard", calendar=office.pk, **AT_LAUNCH)
    standard.publish(by=lead, at=launch, reason="As in the terms of service")
    standard.edit(by=lead, at=tightened, **STANDARD)
    standard.publish(by=lead, at=tightened, reason="Two hours for what is high, as asked in May")
    enterprise = Policy(name="Enterprise", position=1)
    enterprise.edit(by=lead, at=launch, tiers=["enterprise"], calendar=office.pk, **ENTERPRISE)
    enterprise.publish(by=lead, at=launch, reason="As in the enterprise agreement")
    standard.edit(by=product, at=now - timedelta(hours=20), pauses=EVERYTHING, targets=SHORTER)


def tell_offsite(office: Calendar, now: datetime, by: User) -> None:
    """A day to come that is drafted and not published yet."""
    day = (now + timedelta(days=9)).date()
    hours.set_day(office, day, [], name="Company offsite", by=by, at=now - timedelta(hours=3))
