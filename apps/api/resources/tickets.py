"""Tickets: read by words, changed by the verbs a person has."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.accounts.models import Team, User
from apps.api.fields import Instant, Line, Words
from apps.api.paging import Pages
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.catalog.models import Component
from apps.customers.models import Contact, Customer
from apps.sla import explain as explaining
from apps.sla import waiving
from apps.tickets import presence
from apps.tickets.choices import Channel, Next, Origin, Priority, Status
from apps.tickets.listing import asked
from apps.tickets.models import Attachment, Macro, Message, Queue, StatusLabel, Ticket
from apps.tickets.rules.words import ask

from . import asking, doing, owing, relations
from .clocks import Explained, SetDue, Waive

# --- shown ------------------------------------------------------------------------------------


class CustomerInShort(serializers.ModelSerializer):
    """Whose ticket it is."""

    class Meta:
        model = Customer
        fields = ["id", "name", "tier"]
        read_only_fields = fields


class ContactInShort(serializers.ModelSerializer):
    """Who waits for the answer."""

    class Meta:
        model = Contact
        fields = ["id", "name", "email"]
        read_only_fields = fields


class Agent(serializers.ModelSerializer):
    """One of us."""

    class Meta:
        model = User
        fields = ["id", "name", "email"]
        read_only_fields = fields


class TicketOut(serializers.ModelSerializer):
    """A ticket as it stands, with the promise that is due next."""

    customer = CustomerInShort(read_only=True)
    contact = ContactInShort(read_only=True)
    assignee = Agent(read_only=True)
    queue = serializers.SlugRelatedField("slug", read_only=True)
    label = serializers.SlugRelatedField("name", read_only=True)

    class Meta:
        model = Ticket
        fields = [
            *("id", "external_id", "subject", "status", "label", "priority", "channel", "origin"),
            *("customer", "contact", "assignee", "team", "queue", "tags", "fields", "component"),
            *("reported_at", "updated_at", "waiting_since", "first_replied_at", "resolved_at"),
            *(
                "closed_at",
                "loop_since",
                "snoozed_until",
                "merged_into",
                "absorbed",
                "follows",
                "snippet",
            ),
            *("has_attachment", "version", "due_at", "due_kind", "sla_state", "breached"),
        ]
        read_only_fields = fields


class AttachmentOut(serializers.ModelSerializer):
    """A file on a message."""

    class Meta:
        model = Attachment
        fields = ["id", "name", "content_type", "size", "digest"]
        read_only_fields = fields


class MessageOut(serializers.ModelSerializer):
    """Something said."""

    who = serializers.CharField(read_only=True)
    html = serializers.CharField(source="shown", read_only=True)
    attachments = AttachmentOut(many=True, read_only=True)

    class Meta:
        model = Message
        fields = [
            *("id", "direction", "who", "author", "contact", "cc", "at", "body", "quoted", "html"),
            *("automatic", "side", "undone_at", "remarks", "attachments"),
        ]
        read_only_fields = fields


# --- said -------------------------------------------------------------------------------------


class Person(serializers.SlugRelatedField):
    """Somebody active, named by e-mail address."""

    def __init__(self, **more) -> None:
        super().__init__(slug_field="email", queryset=User.objects.active(), **more)


class InQueue(serializers.SlugRelatedField):
    """A queue, named by its slug."""

    def __init__(self, **more) -> None:
        super().__init__(slug_field="slug", queryset=Queue.objects.all(), **more)


class Tags(serializers.ListField):
    """Some tags."""

    def __init__(self, **more) -> None:
        super().__init__(child=Line(limit=60), max_length=30, required=False, **more)


class NewTicket(serializers.Serializer):
    """What somebody waits for; only the subject must be said."""

    subject = Line(limit=998)
    body = Words(required=False, allow_blank=True)
    contact = serializers.PrimaryKeyRelatedField(
        queryset=Contact.objects.apart().with_customer(), required=False, allow_null=True
    )
    customer = serializers.PrimaryKeyRelatedField(
        queryset=Customer.objects.all(), required=False, allow_null=True
    )
    channel = serializers.ChoiceField(Channel.choices, default=Channel.API)
    origin = serializers.ChoiceField(Origin.choices, default=Origin.CUSTOMER)
    answered_in_contact = serializers.BooleanField(default=False)
    priority = serializers.ChoiceField(Priority.choices, default=Priority.NORMAL)
    reported_at = Instant(required=False)
    queue = InQueue(required=False, allow_null=True)
    assignee = Person(required=False, allow_null=True)
    tags = Tags()
    duration = serializers.DurationField(required=False)
    custom_fields = serializers.DictField(
        child=serializers.JSONField(allow_null=True), required=False, source="fields"
    )
    component = serializers.PrimaryKeyRelatedField(
        queryset=Component.objects.all(), required=False, allow_null=True
    )


class Reply(serializers.Serializer):
    """An answer, and what it leaves behind."""

    body = Words()
    after = serializers.ChoiceField(Next.choices, default=Next.WAIT)
    cc = serializers.ListField(
        child=serializers.EmailField(),
        max_length=20,
        required=False,
        help_text="Who gets a copy; left out, whoever was on the mail that is answered.",
    )
    seen = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=10**18,
        help_text="The newest message that was read; 409 `unseen` when another one came since.",
    )
    tells = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=10**18),
        max_length=100,
        required=False,
        help_text="The owed answers it tells of; left out, all that are owed on the ticket.",
    )


class Heard(serializers.Serializer):
    """A message of the customer that came by another way."""

    body = Words()
    automatic = serializers.BooleanField(default=False)


class Note(serializers.Serializer):
    """A word among staff."""

    body = Words()


class Assign(serializers.Serializer):
    """Who has it now; null is nobody. `seen` is the version that was looked at."""

    to = Person(allow_null=True)
    seen = serializers.IntegerField(required=False)


class HandOver(serializers.Serializer):
    """Which team has it now."""

    team = serializers.PrimaryKeyRelatedField(queryset=Team.objects.all(), allow_null=True)


class Move(serializers.Serializer):
    """The next status, and a team's own word for it."""

    status = serializers.ChoiceField(Status.choices)
    label = serializers.SlugRelatedField(
        "name", queryset=StatusLabel.objects.all(), required=False, allow_null=True
    )
    seen = serializers.IntegerField(required=False)


class Prioritise(serializers.Serializer):
    """How soon it matters; `dues` is asked for where a due instant was set by hand."""

    priority = serializers.ChoiceField(Priority.choices)
    dues = serializers.ChoiceField(["keep", "lift"], required=False)
    seen = serializers.IntegerField(required=False)


class Tag(serializers.Serializer):
    """Tags to put on and to take off."""

    add = Tags()
    remove = Tags()


class Snooze(serializers.Serializer):
    """Until when it is hidden."""

    until = Instant()


class Duplicate(serializers.Serializer):
    """Which ticket is the same matter."""

    of = serializers.PrimaryKeyRelatedField(queryset=Ticket.objects.all())


class File(serializers.Serializer):
    """Which queue it belongs to."""

    queue = InQueue(allow_null=True)


class Rename(serializers.Serializer):
    """What it is about."""

    subject = Line(limit=998)


class Fill(serializers.Serializer):
    """Custom fields and their values; null empties one."""

    fields_ = serializers.DictField(child=serializers.JSONField(allow_null=True), source="values")

    def get_fields(self):
        fields = super().get_fields()
        return {"fields": fields["fields_"]}


class BelongTo(serializers.Serializer):
    """Who waits for the answer."""

    contact = serializers.PrimaryKeyRelatedField(
        queryset=Contact.objects.apart().with_customer(), allow_null=True
    )


class UseMacro(serializers.Serializer):
    """Which macro."""

    macro = serializers.IntegerField(min_value=1, max_value=10**18)


class PresentOut(serializers.Serializer):
    """Somebody on a ticket now."""

    person = Agent(read_only=True)
    writing = serializers.BooleanField(read_only=True)


class TakeBack(serializers.Serializer):
    """Which reply, within fifteen seconds."""

    message = serializers.IntegerField(min_value=1, max_value=10**18)


class TryAgain(serializers.Serializer):
    """An address of the talk that mail came back from; left out: its contact's."""

    address = serializers.EmailField(required=False)


# --- the resource -----------------------------------------------------------------------------


class LinkOut(serializers.Serializer):
    """The customer's page."""

    link = serializers.URLField(read_only=True)


@resource("tickets")
class Tickets(asking.Asking, doing.Doing, owing.Owing, relations.Relations, Listed, Resource):
    """Tickets, newest first; `q` takes the words of the portal's filter."""

    queryset = Ticket.objects.select_related("customer", "contact", "assignee", "queue", "label")
    serializer_class = TicketOut
    filterset_fields = ["external_id"]
    ordering = ("-pk",)
    needs = {
        **doing.NEEDS,
        "read": "tickets.read",
        "messages": "tickets.read",
        "explain": "tickets.read",
        "set_due": "sla.set_due",
        "waive": "sla.waive",
        "create": "tickets.create",
        "reply": "tickets.reply",
        "take_back": "tickets.reply",
        "apply_macro": "tickets.note",
        "take_back_macro": "tickets.note",
        "follow": "tickets.read",
        "unfollow": "tickets.read",
        "present": "tickets.read",
        "hear": "tickets.create",
        "note": "tickets.note",
        "need_no_reply": "tickets.reply",
        "try_again": "tickets.reply",
        "link": "tickets.reply",
        "renew_link": "tickets.change",
        "assign": "tickets.assign",
        "take": "tickets.assign",
        "hand_to_team": "tickets.assign",
        "belong_to": "tickets.change",
        **dict.fromkeys(
            ("move", "resolve", "reopen", "close", "mark_spam", "mark_duplicate", "prioritise"),
            "tickets.change",
        ),
        **dict.fromkeys(
            ("tag", "snooze", "wake", "file_under", "rename", "fill"), "tickets.change"
        ),
        **asking.NEEDS,
        **owing.NEEDS,
        **relations.NEEDS,
    }

    def initial(self, request, *args, **kwargs) -> None:
        self.parameters = frozenset({"q"}) if self.action == "list" else self._paged()
        super().initial(request, *args, **kwargs)

    def _paged(self) -> frozenset[str]:
        if self.action == "alike":
            return frozenset({"subject", "contact"})
        return frozenset({"cursor", "limit"}) if self.action == "messages" else frozenset()

    def filter_queryset(self, queryset):
        queryset = super().filter_queryset(queryset)
        if self.action != "list" or not (typed := self.request.query_params.get("q")):
            return queryset
        question = ask(typed)
        if question.problems:
            raise ValidationError({"q": list(question.problems)})
        return asked(question, self.request.user, among=queryset)

    @extend_schema(parameters=[OpenApiParameter("q", str, description="As in the portal.")])
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    @extend_schema(responses=MessageOut(many=True))
    @action(detail=True, methods=["get"], filterset_fields=[])
    def messages(self, request, pk: str) -> Response:
        """What was said on it, oldest first."""
        said = self.get_object().talk().select_related("author", "contact")
        pages = Pages()
        self.ordering = ("at", "pk")
        found = pages.paginate_queryset(said.prefetch_related("attachments"), request, view=self)
        return pages.get_paginated_response(MessageOut(found, many=True).data)

    @extend_schema(responses=Explained)
    @action(detail=True, methods=["get"], filterset_fields=[])
    def explain(self, request, pk: str) -> Response:
        """Every second of every clock: counted, closed, a holiday, paused by whom."""
        panel = explaining.panel(self.get_object())
        clocks = [clock.as_dict() for clock in panel]
        return Response(
            {
                "ticket": panel.ticket,
                "at": panel.at,
                "clocks": clocks,
                "not_started": list(panel.waits),
            }
        )

    @verb(SetDue)
    def set_due(self, ticket, words, *, by, at):
        waiving.set_due(ticket, **words, by=by, at=at)

    @verb(Waive)
    def waive(self, ticket, words, *, by, at):
        waiving.waive(ticket, **words, by=by, at=at)

    @creates(NewTicket)
    def create(self, words, *, by, at):
        return Ticket.objects.report(**words, by=by, at=at)

    @verb(Reply)
    def reply(self, ticket, words, *, by, at):
        ticket.reply(**words, by=by, at=at)

    @verb(TakeBack)
    def take_back(self, ticket, words, *, by, at):
        message = ticket.messages.filter(pk=words["message"]).first()
        if message is None:
            raise ValidationError({"message": "This ticket has no such message."})
        ticket.take_back(message, by=by, at=at)

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

    @verb()
    def follow(self, ticket, words, *, by, at):
        ticket.follow(by=by, at=at)

    @verb()
    def unfollow(self, ticket, words, *, by, at):
        ticket.unfollow(by=by, at=at)

    @extend_schema(responses=PresentOut(many=True), filters=False)
    @action(detail=True, methods=["get"], filterset_fields=[], pagination_class=None)
    def present(self, request, pk: str) -> Response:
        """Who has it open now, and who is writing."""
        ticket = self.get_object()
        here = presence.of([ticket.pk], at=timezone.now()).get(ticket.pk, [])
        return Response(PresentOut(here, many=True).data)

    @verb(Heard)
    def hear(self, ticket, words, *, by, at):
        ticket.hear(**words, at=at)

    @verb(Note)
    def note(self, ticket, words, *, by, at):
        ticket.note(**words, by=by, at=at)

    @extend_schema(responses=LinkOut)
    @action(detail=True, methods=["get"], filterset_fields=[])
    def link(self, request, pk: str) -> Response:
        """Where its contact reads and answers; whoever has it is taken for them."""
        return Response(LinkOut(self.get_object()).data)

    @verb()
    def renew_link(self, ticket, words, *, by, at):
        ticket.renew_link(by=by, at=at)

    @verb(TryAgain)
    def try_again(self, ticket, words, *, by, at):
        ticket.try_again(by=by, at=at, **words)

    @verb()
    def need_no_reply(self, ticket, words, *, by, at):
        ticket.need_no_reply(by=by, at=at)

    @verb(Assign)
    def assign(self, ticket, words, *, by, at):
        ticket.assign(**words, by=by, at=at)

    @verb()
    def take(self, ticket, words, *, by, at):
        ticket.take(by=by, at=at)

    @verb(HandOver)
    def hand_to_team(self, ticket, words, *, by, at):
        ticket.hand_to_team(**words, by=by, at=at)

    @verb(Move)
    def move(self, ticket, words, *, by, at):
        ticket.move(**words, by=by, at=at)

    @verb()
    def resolve(self, ticket, words, *, by, at):
        ticket.resolve(by=by, at=at)

    @verb()
    def reopen(self, ticket, words, *, by, at):
        ticket.reopen(by=by, at=at)

    @verb()
    def close(self, ticket, words, *, by, at):
        ticket.close(by=by, at=at)

    @verb()
    def mark_spam(self, ticket, words, *, by, at):
        ticket.mark_spam(by=by, at=at)

    @verb(Duplicate)
    def mark_duplicate(self, ticket, words, *, by, at):
        ticket.mark_duplicate(**words, by=by, at=at)

    @verb(Prioritise)
    def prioritise(self, ticket, words, *, by, at):
        waiving.prioritise(ticket, **words, by=by, at=at)

    @verb(Tag)
    def tag(self, ticket, words, *, by, at):
        ticket.tag(**words, by=by, at=at)

    @verb(Snooze)
    def snooze(self, ticket, words, *, by, at):
        ticket.snooze(**words, by=by, at=at)

    @verb()
    def wake(self, ticket, words, *, by, at):
        ticket.wake(by=by, at=at)

    @verb(File)
    def file_under(self, ticket, words, *, by, at):
        ticket.file_under(**words, by=by, at=at)

    @verb(Rename)
    def rename(self, ticket, words, *, by, at):
        ticket.rename(**words, by=by, at=at)

    @verb(Fill)
    def fill(self, ticket, words, *, by, at):
        ticket.fill(**words, by=by, at=at)

    @verb(BelongTo)
    def belong_to(self, ticket, words, *, by, at):
        ticket.belong_to(**words, by=by, at=at)
