"""Macros used on a ticket, over the API."""

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from apps.api.resource import verb
from apps.tickets.models import Macro

NEEDS = dict.fromkeys(("apply_macro", "take_back_macro"), "tickets.note")


class UseMacro(serializers.Serializer):
    """Which macro."""

    macro = serializers.IntegerField(min_value=1, max_value=10**18)


class UsingMacros:
    """Verbs of a ticket that do several things at once, and take them back."""

    @verb(UseMacro)
    def apply_macro(self, ticket, words, *, by, at):
        self._macro(words).apply(ticket, by=by, at=at)

    @verb(UseMacro)
    def take_back_macro(self, ticket, words, *, by, at):
        self._macro(words).take_back(ticket, by=by, at=at)

    def _macro(self, words) -> Macro:
        found = Macro.objects.offered_to(self.request.user).filter(pk=words["macro"]).first()
        if found is None:
            raise ValidationError({"macro": "There is no such macro for you."})
        return found
