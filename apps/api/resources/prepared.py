"""Canned replies, macros, and one's own drafts."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.accounts.models import Team
from apps.api.fields import Line, Words
from apps.api.limits import WITH_FILES
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.api.uploads import Upload, kept
from apps.tickets.choices import Mode
from apps.tickets.filling import filled
from apps.tickets.models import CannedFile, CannedReply, Draft, Macro, Queue, Ticket

WHOSE = ("id", "title", "folder", "owner", "team", "queue", "position", "used", "last_used_at")


class CannedFileOut(serializers.ModelSerializer):
    """A file that goes with a canned reply."""

    class Meta:
        model = CannedFile
        fields = ["id", "name", "content_type", "size", "digest"]
        read_only_fields = fields


class CannedOut(serializers.ModelSerializer):
    """A canned reply as it is kept, with its places and its files."""

    queue = serializers.SlugRelatedField("slug", read_only=True)
    files = CannedFileOut(many=True, read_only=True)

    class Meta:
        model = CannedReply
        fields = [*WHOSE, "body", "files"]
        read_only_fields = fields


class MacroOut(serializers.ModelSerializer):
    """A macro: its steps, and what they do in words."""

    queue = serializers.SlugRelatedField("slug", read_only=True)
    says = serializers.CharField(read_only=True)
    steps = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = Macro
        fields = [*WHOSE, "steps", "says"]
        read_only_fields = fields


class Whose(serializers.Serializer):
    """Whose it is, and where it is offered."""

    title = Line(limit=120)
    folder = Line(limit=80, required=False, allow_blank=True)
    shared = serializers.BooleanField(required=False)
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.all(), required=False, allow_null=True
    )
    queue = serializers.SlugRelatedField(
        "slug", queryset=Queue.objects.all(), required=False, allow_null=True
    )
    position = serializers.IntegerField(required=False, min_value=0, max_value=1000)


class NewCanned(Whose):
    """A canned reply."""

    body = Words(limit=20_000)


class NewMacro(Whose):
    """A macro."""

    steps = serializers.ListField(
        child=serializers.DictField(),
        min_length=1,
        max_length=12,
        help_text=(
            "Objects with `do`: reply, note (`text`), status, priority, assign, queue (`to`), "
            "tag (`add`, `remove`), fill (`field`, `value`), snooze (`for`)."
        ),
    )


class ChangeCanned(NewCanned):
    """What changes of it."""

    title = Line(limit=120, required=False)
    body = Words(limit=20_000, required=False)


class AddFile(Upload):
    """A file, its content in base64."""


class RemoveFile(serializers.Serializer):
    """Which file."""

    file = serializers.IntegerField(min_value=1)


class ChangeMacro(NewMacro):
    """What changes of it."""

    title = Line(limit=120, required=False)
    steps = serializers.ListField(child=serializers.DictField(), required=False, max_length=12)


class OnTicket(serializers.Serializer):
    """For which ticket."""

    ticket = serializers.PrimaryKeyRelatedField(queryset=Ticket.objects.whole())


class FilledOut(serializers.Serializer):
    """The words as they would be sent, and the places nothing is known for."""

    text = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField())


class PreviewOut(serializers.Serializer):
    """What a macro would do."""

    says = serializers.CharField()
    allowed = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())
    reply = serializers.CharField(required=False)
    note = serializers.CharField(required=False)


class Prepared(Listed, Resource):
    """What canned replies and macros share."""

    ordering = ("-pk",)
    needs = dict.fromkeys(("read", "create", "change", "retire", "revive"), "tickets.reply")

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        person = self.request.user
        if self.action == "revive":
            return self.queryset.changed_by(person).with_names()
        return self.queryset.offered_to(person).with_names()

    @verb()
    def retire(self, found, words, *, by, at):
        found.retire(by=by, at=at)

    @verb()
    def revive(self, found, words, *, by, at):
        found.revive(by=by, at=at)

    def shown(self, record):
        return self.get_serializer(type(record).objects.with_names().get(pk=record.pk)).data

    def _on(self, request) -> Ticket:
        words = OnTicket(data=request.query_params)
        words.is_valid(raise_exception=True)
        return words.validated_data["ticket"]


TICKET = OpenApiParameter("ticket", int, required=True, description="For which ticket.")


@resource("canned-replies")
class CannedReplies(Prepared):
    """Words prepared once: one's own, one's teams', everybody's."""

    queryset = CannedReply.objects.all()
    serializer_class = CannedOut
    needs = Prepared.needs | dict.fromkeys(("fill", "add_file", "remove_file"), "tickets.reply")
    largest_body = WITH_FILES

    def initial(self, request, *args, **kwargs) -> None:
        self.parameters = frozenset({"ticket"}) if self.action == "fill" else frozenset()
        super().initial(request, *args, **kwargs)

    @creates(NewCanned)
    def create(self, words, *, by, at):
        return CannedReply.add(**words, by=by, at=at)

    @verb(ChangeCanned)
    def change(self, found, words, *, by, at):
        found.change(**words, by=by, at=at)

    @verb(AddFile)
    def add_file(self, found, words, *, by, at):
        found.add_files(kept([words]), by=by, at=at)

    @verb(RemoveFile)
    def remove_file(self, found, words, *, by, at):
        file = found.files.filter(pk=words["file"]).first()
        if file is None:
            raise ValidationError({"file": "This canned reply has no such file."})
        found.remove_file(file, by=by, at=at)

    @extend_schema(parameters=[TICKET], responses=FilledOut, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def fill(self, request, pk: str) -> Response:
        """The words with their places filled in for a ticket."""
        found, ticket = self.get_object(), self._on(request)
        text, missing = filled(found.body, ticket, by=request.user, at=timezone.now())
        return Response({"text": text, "missing": missing})


@resource("macros")
class Macros(Prepared):
    """Several things done with one press; used by `tickets/{id}/apply-macro/`."""

    queryset = Macro.objects.all()
    serializer_class = MacroOut
    needs = Prepared.needs | {"preview": "tickets.reply"}

    def initial(self, request, *args, **kwargs) -> None:
        self.parameters = frozenset({"ticket"}) if self.action == "preview" else frozenset()
        super().initial(request, *args, **kwargs)

    @creates(NewMacro)
    def create(self, words, *, by, at):
        return Macro.add(**words, by=by, at=at)

    @verb(ChangeMacro)
    def change(self, found, words, *, by, at):
        found.change(**words, by=by, at=at)

    @extend_schema(parameters=[TICKET], responses=PreviewOut, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def preview(self, request, pk: str) -> Response:
        """What it would do to a ticket; nothing is done."""
        found, ticket = self.get_object(), self._on(request)
        return Response(found.preview(ticket, by=request.user, at=timezone.now()))


class DraftOut(serializers.ModelSerializer):
    """What one has begun to write."""

    class Meta:
        model = Draft
        fields = ["id", "ticket", "mode", "body", "cc", "version", "earlier", "updated_at"]
        read_only_fields = fields


class Keep(serializers.Serializer):
    """The words as they are now; `version` is the one they are based on."""

    ticket = serializers.PrimaryKeyRelatedField(queryset=Ticket.objects.all())
    mode = serializers.ChoiceField(Mode.choices, default=Mode.REPLY)
    body = Words(allow_blank=True)
    cc = serializers.ListField(child=serializers.EmailField(), max_length=20, required=False)
    version = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)


@resource("drafts")
class Drafts(Listed, Resource):
    """One's own drafts; nobody reads another's. Creating one again keeps its newest words."""

    queryset = Draft.objects.all()
    serializer_class = DraftOut
    filterset_fields = ["ticket", "mode"]
    needs = dict.fromkeys(("read", "create", "discard", "restore"), "tickets.note")

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        mine = self.queryset.of(self.request.user)
        return mine.written() if self.action in ("list", "retrieve") else mine

    @creates(Keep)
    def create(self, words, *, by, at):
        version = words.pop("version")
        return Draft.objects.keep(words.pop("ticket"), by, based_on=version, at=at, **words)

    @verb()
    def discard(self, draft, words, *, by, at):
        draft.discard(at=at)

    @verb()
    def restore(self, draft, words, *, by, at):
        draft.restore(at=at)
