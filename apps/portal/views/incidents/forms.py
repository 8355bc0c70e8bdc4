"""What is typed about incidents."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html

from apps.accounts.models import User
from apps.catalog.models import Component
from apps.incidents.choices import Audience, Severity, Type
from apps.incidents.models import Cadence, Incident
from apps.incidents.models.incident import LONGEST_TITLE
from apps.incidents.models.updating import AS_USUAL, LONGEST
from apps.incidents.rules import INSTANTS, LONGEST_PROMISE
from apps.portal.forms import Instant, Line, Text

SEVERITIES = [(one.value, f"{one.label}: {one.means}") for one in Severity]
PARTS = Component.objects.filter(retired_at=None).select_related("product")


class PartsField(forms.ModelMultipleChoiceField):
    """Parts of our products."""

    widget = forms.CheckboxSelectMultiple(attrs={"class": "parts"})

    def label_from_instance(self, obj: Component) -> str:
        return format_html("{} <small>{}</small>", obj, obj.product)


class DeclareForm(forms.Form):
    """What is wrong, and how bad it is."""

    title = Line(limit=LONGEST_TITLE, label="What is wrong")
    severity = forms.ChoiceField(
        choices=SEVERITIES, widget=forms.RadioSelect, initial=Severity.SEV3
    )
    type = forms.ChoiceField(choices=Type.choices, initial=Type.OUTAGE, label="Kind")
    started_at = Instant(required=False, label="Since when", help_text="Empty: since now.")
    components = PartsField(PARTS, required=False, label="What it touches")
    private = forms.BooleanField(
        required=False,
        label="Private",
        help_text="Seen only by who is on call, whoever leads it, and leadership;"
        " no customer is told.",
    )


class EditForm(DeclareForm):
    """All of it, and who leads."""

    commander = forms.ModelChoiceField(
        User.objects.active().by_name(), required=False, label="Who leads", empty_label="Nobody"
    )

    def __init__(self, incident: Incident, *args: Any, **options: Any) -> None:
        now = {name: getattr(incident, name) for name in ("title", "severity", "type", "private")}
        at = {name: getattr(incident, name) for name in INSTANTS if getattr(incident, name)}
        options["initial"] = {
            **now,
            **at,
            "commander": incident.commander_id,
            "components": list(incident.components.all()),
        }
        super().__init__(*args, **options)
        del self.fields["started_at"]
        for name in at:
            self.fields[name] = Instant(label=INSTANTS[name].capitalize())
        self.kept = at

    def said(self) -> dict[str, Any]:
        """What `edit` takes; an instant whose minute stayed keeps its second."""
        said = dict(self.cleaned_data)
        for name, before in self.kept.items():
            if said[name] == before.replace(second=0, microsecond=0):
                said[name] = before
        return said


class UpdateForm(forms.Form):
    """What is said, to whom, and when more is promised."""

    audience = forms.ChoiceField(choices=Audience.choices, label="For")
    text = Text(limit=LONGEST, label="Update", widget=forms.Textarea(attrs={"rows": 3}))
    minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=int(LONGEST_PROMISE.total_seconds()) // 60,
        label="Next update in minutes",
    )
    last = forms.BooleanField(required=False, label="Promise no further update")

    def __init__(self, incident: Incident, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if incident.private:
            self.fields["audience"].choices = [
                one for one in Audience.choices if one[0] != Audience.CUSTOMERS
            ]
        if not incident.is_open:
            del self.fields["minutes"], self.fields["last"]
            return
        usual = Cadence.objects.of(incident.severity)
        named = [
            f"{Audience(audience).label.lower()} {usual[audience]}"
            for audience in Audience.values
            if audience in usual
        ]
        says = f"Empty: as {incident.severity} asks ({', '.join(named)})." if named else ""
        self.fields["minutes"].help_text = says

    def next_at(self, at: datetime | None = None) -> datetime | str | None:
        """When more is promised, as `update` takes it."""
        if self.cleaned_data.get("last"):
            return None
        minutes = self.cleaned_data.get("minutes")
        return (at or timezone.now()) + timedelta(minutes=minutes) if minutes else AS_USUAL
