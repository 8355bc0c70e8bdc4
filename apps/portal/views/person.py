"""What a person sets for themselves: how they see the portal, their sessions, their tokens."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import ApiToken, User
from apps.portal import browsers
from apps.portal import keys as key_table
from apps.portal.answers import go
from apps.portal.forms import Line
from apps.portal.zones import ZoneField


class SeeingForm(forms.ModelForm):
    """How a person sees the portal."""

    timezone = ZoneField(label="Time zone")

    class Meta:
        model = User
        fields = (
            *("name", "timezone", "theme", "density"),
            *("after_send", "shortcuts", "suggest_thanks"),
        )
        labels = {
            "shortcuts": "Single-key shortcuts",
            "suggest_thanks": "Say which messages only thank",
        }
        help_texts = {
            "shortcuts": "Keys such as r for reply work while you are not typing.",
            "suggest_thanks": "Above the editor, with “No reply needed” one key away. "
            "Nothing happens by itself.",
        }


class KeysForm(forms.Form):
    """Which key does what for this person."""

    shortcuts = forms.BooleanField(label="Single-key shortcuts are on", required=False)

    def __init__(self, *args, person: User, **options) -> None:
        super().__init__(*args, **options)
        self.fields["shortcuts"].initial = person.shortcuts
        for place, key in enumerate(key_table.CHOOSABLE):
            self.fields[f"key-{place}"] = forms.CharField(
                label=key.label,
                required=False,
                max_length=10,
                initial=person.keys.get(key.keys, ""),
                widget=forms.TextInput(attrs={"size": 6, "class": "input", "autocomplete": "off"}),
            )

    def clean(self) -> dict:
        """The whole choice is looked at together: two things cannot have one key."""
        places = {key.keys: f"key-{n}" for n, key in enumerate(key_table.CHOOSABLE)}
        choice = key_table.tidy(
            {keys: self.cleaned_data.get(place, "") for keys, place in places.items()}
        )
        for keys, sentence in key_table.problems(choice).items():
            self.add_error(places[keys], sentence)
        return {"shortcuts": self.cleaned_data.get("shortcuts", False), "keys": choice}

    def groups(self) -> list[tuple[str, list[tuple[forms.BoundField, dict]]]]:
        """The fields under the headings of the table."""
        found: dict[str, list] = {}
        for place, key in enumerate(key_table.CHOOSABLE):
            shown = {"label": key.label, "spelt": key_table.spelt(key.keys)}
            found.setdefault(key.group, []).append((self[f"key-{place}"], shown))
        return list(found.items())


class TokenForm(forms.Form):
    """A new key for a program."""

    name = Line(limit=80, label="What it is for")
    days = forms.TypedChoiceField(
        label="Valid for",
        choices=((30, "30 days"), (90, "90 days"), (365, "One year")),
        coerce=int,
        initial=90,
    )
    scopes = forms.MultipleChoiceField(
        label="May",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Without a tick it may all that you may.",
    )

    def __init__(self, *args, owner: User, **options) -> None:
        super().__init__(*args, **options)
        self.fields["scopes"].choices = [(name, name) for name in sorted(owner.permissions)]


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Name, zone, colours, density, keys."""
    form = SeeingForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        return go(request, "portal:settings", said="Saved.")
    status = 422 if form.errors else 200
    return render(request, "person/settings.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """Which key does what, and whether single keys do anything."""
    person = request.user
    if "reset" in request.POST:
        person.keys = {}
        person.save(update_fields=["keys"])
        return go(request, "portal:settings-keys", said="Every key is as it was.")
    form = KeysForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        person.keys = form.cleaned_data["keys"]
        person.shortcuts = form.cleaned_data["shortcuts"]
        person.save(update_fields=["keys", "shortcuts"])
        return go(request, "portal:settings-keys", said="Saved.")
    context = {"form": form, "groups": form.groups()}
    return render(request, "person/keys.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where this person is signed in."""
    found = UserSession.objects.purge_and_list(request.user)
    for session in found:
        session.browser = browsers.named(session.user_agent)
    return render(request, "person/sessions.html", {"sessions": found})


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign one of them out."""
    get_object_or_404(UserSession, pk=pk, user=request.user).end()
    return go(request, "portal:sessions", said="That session has ended.")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Stay signed in here and nowhere else."""
    here = request.session.session_key
    for session in UserSession.objects.filter(user=request.user).exclude(session_key=here):
        session.end()
    return go(request, "portal:sessions", said="All other sessions have ended.")


@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Keys of this person's programs; a new one is shown once."""
    form = TokenForm(request.POST or None, owner=request.user)
    secret, status = "", 200
    if request.method == "POST":
        if form.is_valid():
            _, secret = ApiToken.issue(
                request.user,
                form.cleaned_data["name"],
                expires_at=timezone.now() + timedelta(days=form.cleaned_data["days"]),
                scopes=tuple(form.cleaned_data["scopes"]),
            )
            form = TokenForm(owner=request.user)
        else:
            status = 422
    found = request.user.api_tokens.all()
    context = {"form": form, "tokens": found, "secret": secret, "now": timezone.now()}
    return render(request, "person/tokens.html", context, status=status)


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """The program stops getting in at once."""
    token = get_object_or_404(request.user.api_tokens, pk=pk)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
    return go(request, "portal:tokens", said=f"“{token.name}” no longer gets in.")
