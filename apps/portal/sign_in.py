"""The form at the door, in the words of the house."""

from typing import Any

from allauth.account.forms import LoginForm


class SignIn(LoginForm):
    """One types at once; a label is said once; the way to a forgotten password stands once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["login"].widget.attrs["autofocus"] = True
        self.fields["password"].help_text = ""
        self.fields["remember"].label = "Stay signed in"
