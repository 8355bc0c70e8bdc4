"""Saved views: one's own, those of one's teams and everybody's."""

from rest_framework import serializers

from apps.accounts.models import Team
from apps.api.fields import Line
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.tickets import viewing
from apps.tickets.choices import Column, Sort
from apps.tickets.models import View


class ViewOut(serializers.ModelSerializer):
    """A view; without an owner it is shared, with its team or with everybody."""

    class Meta:
        model = View
        fields = ["id", "name", "words", "sort", "columns", "owner", "team", "made_by", "position"]
        read_only_fields = fields


class NewView(serializers.Serializer):
    """A name for words, an order and columns."""

    name = Line(limit=80)
    words = Line(limit=400, required=False, allow_blank=True, default="")
    sort = serializers.ChoiceField(Sort.choices, default=Sort.UPDATED)
    columns = serializers.ListField(
        child=serializers.ChoiceField(Column.choices), required=False, max_length=20
    )


class EditView(serializers.Serializer):
    """What changes; the rest stays."""

    name = Line(limit=80, required=False)
    words = Line(limit=400, required=False, allow_blank=True)
    sort = serializers.ChoiceField(Sort.choices, required=False)
    columns = serializers.ListField(
        child=serializers.ChoiceField(Column.choices), required=False, max_length=20
    )
    position = serializers.IntegerField(min_value=0, max_value=999, required=False)


class ShareView(serializers.Serializer):
    """With which team; null is everybody."""

    team = serializers.PrimaryKeyRelatedField(queryset=Team.objects.all(), allow_null=True)


@resource("views")
class Views(Listed, Resource):
    """Saved views the token's owner may see."""

    queryset = View.objects.all()
    serializer_class = ViewOut
    filterset_fields = ["owner", "team"]
    ordering = ("position", "name", "pk")
    needs = {
        "read": "tickets.read",
        "create": "tickets.read",
        "share": "views.share",
        **dict.fromkeys(
            ("edit", "duplicate", "keep_private", "discard", "restore", "pin", "unpin"),
            "tickets.read",
        ),
    }

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return View.objects.none()
        if self.action == "restore":
            return View.objects.exclude(deleted_at=None).filter(owner=self.request.user)
        return View.objects.visible_to(self.request.user)

    def shown(self, record):
        """A deleted view is shown once more as it was."""
        return self.get_serializer(View.objects.get(pk=record.pk)).data

    @creates(NewView)
    def create(self, words, *, by, at):
        return View.objects.keep(**words, by=by, at=at)

    @verb(EditView)
    def edit(self, view, words, *, by, at):
        view.edit(**words, by=by, at=at)

    @verb()
    def duplicate(self, view, words, *, by, at):
        view.duplicate(by=by, at=at)

    @verb(ShareView)
    def share(self, view, words, *, by, at):
        view.share(words["team"], by=by, at=at)

    @verb()
    def keep_private(self, view, words, *, by, at):
        view.keep_private(by=by, at=at)

    @verb()
    def discard(self, view, words, *, by, at):
        view.delete_by(by, at=at)

    @verb()
    def restore(self, view, words, *, by, at):
        view.restore(by=by, at=at)

    @verb()
    def pin(self, view, words, *, by, at):
        viewing.pin(view, by=by, at=at)

    @verb()
    def unpin(self, view, words, *, by, at):
        view.unpin(by=by)
