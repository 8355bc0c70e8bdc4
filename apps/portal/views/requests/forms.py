"""What is typed about feature requests."""

from django import forms

from apps.accounts.models import User
from apps.catalog.models import Capability
from apps.features.choices import Importance, Visibility
from apps.features.models import FeatureRequest
from apps.portal.forms import Line, Text
from apps.tickets.models import Message, Ticket


def _lines(typed: str) -> list[str]:
    return [line for line in typed.split("\n") if line.strip()]


class RequestForm(forms.Form):
    """What is asked for, in the words of the problem it solves."""

    title = Line(limit=200)
    problem = Text(
        limit=20_000,
        required=False,
        label="Which problem it solves",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    capability = forms.ModelChoiceField(
        Capability.objects.filter(retired_at=None), required=False, empty_label="None"
    )
    owner = forms.ModelChoiceField(
        User.objects.active().by_name(), required=False, empty_label="Nobody"
    )
    visibility = forms.ChoiceField(choices=Visibility.choices, initial=Visibility.INTERNAL)
    terms = Text(
        limit=2_000,
        required=False,
        label="Other names for it, one a line",
        help_text="A ticket whose subject holds one of them is offered this request.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def words(self) -> dict:
        return {**self.cleaned_data, "terms": _lines(self.cleaned_data["terms"])}

    @classmethod
    def of(cls, found: FeatureRequest, typed=None) -> "RequestForm":
        return cls(
            typed,
            initial={
                "title": found.title,
                "problem": found.problem,
                "capability": found.capability_id,
                "owner": found.owner_id,
                "visibility": found.visibility,
                "terms": "\n".join(found.terms),
            },
        )


class AskForm(forms.Form):
    """How much it matters to whoever asked, and in which words they said so."""

    importance = forms.TypedChoiceField(
        choices=Importance.choices, coerce=int, initial=Importance.NICE
    )
    snippet = Text(
        limit=2_000,
        required=False,
        label="In their words",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    message = forms.IntegerField(
        required=False, min_value=1, max_value=10**18, widget=forms.HiddenInput
    )

    def words(self, ticket: Ticket) -> dict:
        """As the verb takes them; a message that is not the ticket's is left out."""
        number = self.cleaned_data["message"]
        message = ticket.talk().filter(pk=number).first() if number else None
        return {
            "importance": self.cleaned_data["importance"],
            "snippet": self.cleaned_data["snippet"],
            "message": message,
        }

    @classmethod
    def about(cls, said: Message | None) -> "AskForm":
        words = said.body.strip()[:2_000] if said else ""
        return cls(initial={"snippet": words, "message": said.pk if said else None})


class NewRequestForm(AskForm):
    """Something nobody asked for before, and who asks for it now."""

    title = Line(limit=200, label="What is asked for")
    problem = Text(
        limit=20_000,
        required=False,
        label="Which problem it solves",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DecideForm(forms.Form):
    """Why, and what whoever asked is told."""

    reason = Line(limit=1_000, label="Why", help_text="It stands in the drafted answer.")
    words = Text(
        limit=20_000,
        label="Drafted answer",
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text="A draft for whoever answers; nothing is sent by itself.",
    )

    def __init__(self, *args, reasoned: bool, **more) -> None:
        super().__init__(*args, **more)
        if not reasoned:
            del self.fields["reason"]


class MergeForm(forms.Form):
    """Which request goes on."""

    into = forms.ModelChoiceField(
        FeatureRequest.objects.going_on(), label="The request that goes on"
    )
