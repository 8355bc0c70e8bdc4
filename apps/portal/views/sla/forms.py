"""What is asked about promises and hours: every matrix is plain fields, so it works as it is."""

from collections.abc import Iterator
from typing import Any

from django import forms

from apps.accounts.models import Team, User
from apps.calendars.models import Calendar
from apps.calendars.rules import WEEKDAYS
from apps.calendars.rules.spelled import read_hours, spell_hours
from apps.customers.choices import Tier
from apps.portal.forms import Line
from apps.portal.zones import ZoneField
from apps.sla.choices import Do, Kind
from apps.sla.drafts import LADDER_LIMIT, profile_of, profiles
from apps.sla.models import Policy
from apps.sla.rules.spelled import read_span, read_step, spell, spell_step
from apps.tickets.choices import Priority, Status
from apps.tickets.models import Queue

PAUSING = tuple(
    (status.value, status.label)
    for status in Status
    if status not in (Status.MERGED, Status.DUPLICATE, Status.SPAM)
)
PROFILES = (
    ("usual", "Usual: only resolution waits, for the customer"),
    ("everything", "Everything pauses while waiting or resolved"),
    ("", "As ticked below"),
)
SPARE_STEPS = 2
WEEKDAY_NAMES = dict(
    zip(
        WEEKDAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)


class Spelled(forms.CharField):
    """Text with a reader and a writer: a span, a step, the hours of a day."""

    def __init__(self, read: Any, write: Any, **options: Any) -> None:
        super().__init__(max_length=200, required=False, **options)
        self.read, self.write = read, write

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else self.write(value)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return self.read(text) if text else None
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong


def span(**options: Any) -> Spelled:
    return Spelled(read_span, spell, **options)


class PolicyForm(forms.Form):
    """A policy's draft."""

    name = Line(limit=80)
    position = forms.IntegerField(
        min_value=0, max_value=9999, help_text="The first policy that fits is a ticket's."
    )
    calendar = forms.ModelChoiceField(
        Calendar.objects.all(), required=False, empty_label="Around the clock"
    )
    tiers = forms.MultipleChoiceField(
        choices=Tier.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    priorities = forms.MultipleChoiceField(
        choices=Priority.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    queues = forms.ModelMultipleChoiceField(
        Queue.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    tags = Line(required=False, help_text="Separated by commas; any one will do.")
    profile = forms.ChoiceField(
        label="Pauses", choices=PROFILES, required=False, widget=forms.RadioSelect
    )

    incident_updates = forms.BooleanField(
        required=False,
        label="An incident's update answers the tickets it reaches",
        help_text="What its customers are told stops first and next response. Unticked, it is"
        " sent all the same, and an answer stays owed.",
    )

    def __init__(self, policy: Policy, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.policy = policy
        self._add_targets()
        self._add_pauses()
        self._add_steps()
        if policy.is_default:
            for name in ("tiers", "priorities", "queues", "tags", "position"):
                del self.fields[name]
        values = {
            "name": policy.name,
            "position": policy.position,
            "calendar": policy.calendar_id,
            "tiers": policy.tiers,
            "priorities": policy.priorities,
            "queues": list(policy.queues.all()) if policy.pk else [],
            "tags": ", ".join(policy.tags),
            "profile": profile_of(policy.pauses),
            "incident_updates": policy.incident_updates,
        }
        for name in values.keys() & self.fields.keys():
            self.fields[name].initial = values[name]

    def _add_targets(self) -> None:
        said = self.policy.around_the_clock
        around = {"": said.get("targets", ()), **said.get("by_priority", {})}
        for kind in Kind:
            for priority in ("", *Priority.values):
                of = self.policy.by_priority.get(priority, {}) if priority else self.policy.targets
                words = Priority(priority).label if priority else "any priority"
                self.fields[f"target_{kind}_{priority}"] = span(
                    initial=of.get(kind),
                    label=f"{kind.label}, {words}",
                    widget=forms.TextInput(
                        attrs={
                            "size": 8,
                            "placeholder": "as left" if priority else "no promise",
                            "aria-label": f"{kind.label}, {words}",
                        }
                    ),
                )
                self.fields[f"around_{kind}_{priority}"] = forms.BooleanField(
                    required=False,
                    initial=kind in around.get(priority, ()),
                    label="Around the clock",
                    widget=forms.CheckboxInput(
                        attrs={"aria-label": f"{kind.label}, {words}: around the clock"}
                    ),
                )

    def _add_pauses(self) -> None:
        for kind in Kind:
            for status, words in PAUSING:
                self.fields[f"pause_{kind}_{status}"] = forms.BooleanField(
                    required=False,
                    initial=status in self.policy.pauses.get(kind, []),
                    label=f"{kind.label} pauses while {words.lower()}",
                    widget=forms.CheckboxInput(
                        attrs={"aria-label": f"{kind.label} pauses while {words.lower()}"}
                    ),
                )

    def _add_steps(self) -> None:
        ladder = self.policy.ladder
        whom = list(_whom())
        known = {value for value, _ in whom}
        self.steps = min(len(ladder) + SPARE_STEPS, LADDER_LIMIT)
        for number in range(self.steps):
            step = ladder[number] if number < len(ladder) else {}
            to = step.get("to", "")
            gone = [] if to in known else [(to, f"{to} (not active)")]
            n = number + 1
            self.fields |= {
                f"step{number}_kind": forms.ChoiceField(
                    choices=[("", "—"), *Kind.choices],
                    required=False,
                    initial=step.get("kind", ""),
                    label=f"Step {n}, clock",
                ),
                f"step{number}_at": Spelled(
                    read_step,
                    spell_step,
                    initial=spell_step(step["at"]) if step else "",
                    label=f"Step {n}, when",
                    widget=forms.TextInput(attrs={"placeholder": "75 %, 30 m before, at due"}),
                ),
                f"step{number}_do": forms.ChoiceField(
                    choices=[("", "—"), *Do.choices],
                    required=False,
                    initial=step.get("do", ""),
                    label=f"Step {n}, what",
                ),
                f"step{number}_to": forms.ChoiceField(
                    choices=[*whom, *gone], required=False, initial=to, label=f"Step {n}, whom"
                ),
            }
        for name, one in self.fields.items():
            if name.startswith("step"):
                one.widget.attrs["aria-label"] = one.label

    # --- as the page lays it out ---

    def target_rows(self) -> Iterator[tuple[str, list[tuple[forms.BoundField, ...]]]]:
        """Kind → for any priority and each, the target and its hours."""
        for kind in Kind:
            names = [f"{kind}_{priority}" for priority in ("", *Priority.values)]
            yield kind.label, [(self[f"target_{name}"], self[f"around_{name}"]) for name in names]

    def pause_rows(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        for status, words in PAUSING:
            yield words, [self[f"pause_{kind}_{status}"] for kind in Kind]

    def step_rows(self) -> Iterator[list[forms.BoundField]]:
        for number in range(self.steps):
            yield [self[f"step{number}_{part}"] for part in ("kind", "at", "do", "to")]

    # --- as the record takes it ---

    def clean(self) -> dict[str, Any]:
        words = super().clean() or {}
        for kind in Kind:
            for priority in ("", *Priority.values):
                target = f"target_{kind}_{priority}"
                untold = words.get(target) is None and not self.has_error(target)
                if untold and words[f"around_{kind}_{priority}"]:
                    self.add_error(target, "Say the target too, or untick its hours.")
        for number in range(self.steps):
            parts = {name: words.get(f"step{number}_{name}") for name in ("kind", "at", "do", "to")}
            given = [name for name in ("kind", "at", "do") if parts[name]]
            if given and len(given) < 3 and not self.has_error(f"step{number}_at"):
                missing = next(name for name in ("kind", "at", "do") if not parts[name])
                self.add_error(f"step{number}_{missing}", "Say this too, or empty the step.")
        return words

    def said(self) -> dict[str, Any]:
        """What `Policy.edit` takes."""
        words = self.cleaned_data
        targets = {
            priority: {
                kind.value: words[f"target_{kind}_{priority}"]
                for kind in Kind
                if words[f"target_{kind}_{priority}"] is not None
            }
            for priority in ("", *Priority.values)
        }
        said: dict[str, Any] = {
            "name": words["name"],
            "calendar": words["calendar"].pk if words["calendar"] else None,
            "targets": targets.pop(""),
            "by_priority": {priority: own for priority, own in targets.items() if own},
            "around_the_clock": {
                "targets": self._around(""),
                "by_priority": {priority: self._around(priority) for priority in targets},
            },
            "pauses": self._pauses(),
            "ladder": list(self._ladder()),
            "incident_updates": words["incident_updates"],
        }
        if "tiers" in self.fields:
            said |= {
                "position": words["position"],
                "tiers": words["tiers"],
                "priorities": words["priorities"],
                "queues": sorted(queue.pk for queue in words["queues"]),
                "tags": sorted({tag.strip().lower() for tag in words["tags"].split(",")} - {""}),
            }
        return said

    def _around(self, priority: str) -> list[str]:
        return [kind.value for kind in Kind if self.cleaned_data[f"around_{kind}_{priority}"]]

    def _pauses(self) -> dict[str, list[str]]:
        """The profile that was chosen; where only ticks were changed, the ticks."""
        ticked, profile = self._ticked(), self.cleaned_data["profile"]
        as_before = profile == self.fields["profile"].initial
        if as_before and any(name.startswith("pause_") for name in self.changed_data):
            return ticked
        return profiles().get(profile) or ticked

    def _ticked(self) -> dict[str, list[str]]:
        return {
            kind.value: [
                status for status, _ in PAUSING if self.cleaned_data[f"pause_{kind}_{status}"]
            ]
            for kind in Kind
        }

    def _ladder(self) -> Iterator[dict[str, Any]]:
        for number in range(self.steps):
            kind, at, do, to = (
                self.cleaned_data[f"step{number}_{part}"] for part in ("kind", "at", "do", "to")
            )
            if kind:
                step = {"kind": kind, "at": at, "do": do}
                yield step if do == Do.RAISE else {**step, "to": to or "assignee"}


def _whom() -> Iterator[tuple[str, str]]:
    yield from (
        ("", "—"),
        ("assignee", "whoever has it"),
        ("team", "its team"),
        ("lead", "the support leads"),
    )
    for team in Team.objects.order_by("name"):
        yield f"team:{team.pk}", f"team {team}"
    for person in User.objects.active().by_name():
        yield f"person:{person.pk}", str(person)


class CalendarForm(forms.Form):
    """A calendar's draft."""

    name = Line(limit=80)
    timezone = ZoneField(label="Time zone")
    country = Line(
        limit=2, required=False, help_text="Its public holidays can be adopted, e.g. DE."
    )
    subdivision = Line(limit=10, required=False, help_text="A part of it, e.g. BE.")
    ical_url = forms.URLField(
        label="iCalendar address", required=False, assume_scheme="https", max_length=200
    )

    def __init__(self, calendar: Calendar, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("name", "timezone", "country", "subdivision", "ical_url"):
            self.fields[name].initial = getattr(calendar, name)
        for day in WEEKDAYS:
            self.fields[day] = Spelled(
                read_hours,
                spell_hours,
                label=WEEKDAY_NAMES[day],
                initial=spell_hours(calendar.weekly.get(day, [])),
                widget=forms.TextInput(attrs={"placeholder": "closed"}),
            )

    def about(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "timezone", "country", "subdivision", "ical_url")]

    def week(self) -> list[forms.BoundField]:
        return [self[day] for day in WEEKDAYS]

    def said(self) -> dict[str, Any]:
        words = self.cleaned_data
        return {
            **{name: words[name] for name in ("name", "timezone", "ical_url")},
            "country": words["country"].upper(),
            "subdivision": words["subdivision"].upper(),
            "weekly": {day: words[day] for day in WEEKDAYS if words[day]},
        }


class DayForm(forms.Form):
    """One date that differs."""

    date = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    name = Line(limit=120, required=False)
    spans = Spelled(
        read_hours,
        spell_hours,
        label="Open",
        widget=forms.TextInput(attrs={"placeholder": "closed all day"}),
    )


class FeedForm(forms.Form):
    """An iCalendar file, where there is no address."""

    file = forms.FileField(label="iCalendar file", max_length=200)


class PublishForm(forms.Form):
    """Why, and whether open tickets follow."""

    reason = Line(required=False, label="Why")
    reapply = forms.BooleanField(required=False, label="Re-apply to open tickets")
