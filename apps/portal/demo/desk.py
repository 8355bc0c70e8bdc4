"""How the desk is set up: views that are kept and shared, who can take on what, who is away."""

from datetime import datetime, timedelta

from apps.accounts.models import Team, User
from apps.tickets import balancing, viewing
from apps.tickets.choices import Column, Priority, Sort, Way
from apps.tickets.models import AssignmentRule, View

SHARED = (  # name, words, order, columns, only for the team
    ("Enterprise, to do", "is:todo tier:enterprise", Sort.DUE, (), False),
    ("Sign-in trouble", "is:unresolved tag:sso", Sort.UPDATED, (), True),
    (
        "Ever late",
        "is:breached is:unresolved",
        Sort.OLDEST,
        (Column.NUMBER, Column.CUSTOMER, Column.TIER, Column.STATUS, Column.ASSIGNEE,
         Column.REPORTED),
        False,
    ),
)  # fmt: skip
LIMITS = {  # e-mail → limit, skills
    "ada@demo.test": (14, ("exports", "webhooks")),
    "mira@demo.test": (10, ("billing", "german")),
    "jun@demo.test": (10, ("sso", "japanese")),
    "sam@demo.test": (8, ("billing", "exports")),
    "ines@demo.test": (6, ("german",)),
    "sol@demo.test": (6, ("sso", "security")),
}


def tell_duties(now: datetime, people: dict[str, User]) -> None:
    """Who can take on what, and Inês on leave until Monday in a week."""
    sol = people["sol@demo.test"]
    for email, (cap, skills) in LIMITS.items():
        duty = balancing.duty_of(people[email])
        duty.limit(cap, by=sol, at=now - timedelta(days=90))
        duty.learn(skills, by=sol, at=now - timedelta(days=90))
    balancing.duty_of(people["ines@demo.test"]).leave(
        now + timedelta(days=7), by=people["ines@demo.test"], at=now - timedelta(days=2)
    )


def tell_rules() -> None:
    """What goes where by itself, as an administrator set it up."""
    support = Team.objects.get(name="Support")
    for position, fields in enumerate(
        (
            {"name": "Outages first", "words": "outage", "priority": Priority.URGENT,
             "goes_on": True},
            {"name": "Billing", "words": "tag:billing", "team": support, "needs": ["billing"],
             "way": Way.LEAST_LOADED},
            {"name": "Enterprise sign-in", "words": "tier:enterprise tag:sign-in", "team": support,
             "needs": ["sso"]},
            {"name": "In German", "words": "language:de", "team": support, "speaks": True},
        )
    ):  # fmt: skip
        rule = AssignmentRule(position=position, **fields)
        rule.full_clean()
        rule.save()


def tell_views(now: datetime, people: dict[str, User]) -> None:
    """Sol's views for everybody, Ada's own, and what she keeps in her rail."""
    sol, ada = people["sol@demo.test"], people["ada@demo.test"]
    support, at = Team.objects.get(name="Support"), now - timedelta(days=60)
    for name, words, sort, columns, for_team in SHARED:
        view = View.objects.keep(name, words, sort=sort, columns=columns, by=sol, at=at)
        view.share(support if for_team else None, by=sol, at=at)
    exports = View.objects.keep(
        "My exports", "tag:export is:unresolved", sort=Sort.UPDATED, by=ada, at=at
    )
    for person, view in (
        (ada, View.objects.get(name="Enterprise, to do")),
        (ada, exports),
        (sol, View.objects.get(name="Ever late")),
    ):
        viewing.pin(view, by=person, at=now)
