"""What customers said of the answers, over six months: most are content, late answers cost."""

from datetime import datetime, timedelta
from random import Random

from apps.surveys.models import SOLVED, Survey
from apps.tickets.models import Ticket

DAY = timedelta(days=1)
EVERY = timedelta(days=30)
ANSWERED = 0.38
EVERY_SO_MANY = 12  # answers, one is changed
THOUGHT = timedelta(days=2)
IN_TIME, LATE = (2, 3, 9, 34, 52), (14, 16, 25, 28, 17)
WORDS = {
    1: ("Three days for a one-line answer.", "I had to explain it twice, to two people."),
    2: ("It works now, but nobody told us for a day.", "Slow, and I had to ask again."),
    3: ("Fine in the end.", "The answer was right, the wait was long."),
    4: ("Quick and friendly.", "Good explanation, thank you.", "Clear steps, worked at once."),
    5: (
        "Wow, that was fast!", "Ada was great.", "Exactly what I needed.",
        "Best support of all the tools we pay for.", "Thank you, all good again.",
    ),
}  # fmt: skip


def _thinks_better_of_it(survey: Survey, score: int, *, at: datetime) -> None:
    """An answer may be changed for seven days; mostly it is after a second look."""
    second = min(score + 1, 5) if score > 1 else 3
    if second != score:
        survey.respond(second, at=at, comment="On second thought: you did sort it out.")


def tell_surveys(now: datetime) -> int:
    """Asked a day after each end, of nobody twice a month; returns how many answered."""
    dice, asked, answered = Random(now.strftime("surveys %Y%m%d")), {}, 0
    solved = Ticket.objects.filter(
        status__in=SOLVED, contact__isnull=False, first_replied_at__isnull=False
    )
    for ticket in solved.filter(resolved_at__lt=now - DAY).order_by("resolved_at", "pk"):
        at = ticket.resolved_at + DAY
        before = asked.get(ticket.contact_id)
        if before and at < before + EVERY:
            continue
        asked[ticket.contact_id] = at
        survey = Survey.objects.ask(ticket, at=at, reached_at=at + timedelta(seconds=40))
        then = at + timedelta(minutes=dice.lognormvariate(5, 1.2))
        if dice.random() < ANSWERED and then < now:
            score = dice.choices((1, 2, 3, 4, 5), LATE if ticket.breached else IN_TIME)[0]
            comment = dice.choice(WORDS[score]) if dice.random() < 0.3 else ""
            survey.respond(score, at=then, comment=comment)
            answered += 1
            if answered % EVERY_SO_MANY == 0 and then + THOUGHT < now:
                _thinks_better_of_it(survey, score, at=then + THOUGHT)
    return answered
