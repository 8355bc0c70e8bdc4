"""What every resource is: fetched by its own queryset, changed by the verbs of its record.

A resource is one file in `resources/`:

    @resource("actions")
    class Actions(Listed, Resource):
        queryset = Action.objects.with_people()
        serializer_class = ActionOut
        ordering = ("-pk",)
        needs = {"read": "actions.read", "create": "actions.change", "finish": "actions.change"}

        @creates(NewAction)
        def create(self, words, *, by, at):
            return Action.agree(by=by, at=at, **words)

        @verb()
        def finish(self, action, words, *, by, at):
            action.finish(by=by, at=at)
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ClassVar

from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from .errors import TooLarge
from .idempotency import key_of, once
from .limits import LARGEST_BODY
from .paging import CURSOR, LIMIT

router = SimpleRouter()


def resource(name: str) -> Callable[[type], type]:
    """Put a resource at `/api/v1/NAME/`."""

    def register(viewset: type) -> type:
        router.register(name, viewset, basename=name)
        return viewset

    return register


class Resource(GenericViewSet):
    """The base: what is not in `needs` is shut; unknown query parameters are refused."""

    needs: ClassVar[Mapping[str, str]] = {}  # action (or `read`) → permission
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    parameters: ClassVar[frozenset[str]] = frozenset()  # of the query string, besides filters
    largest_body = LARGEST_BODY
    lookup_value_regex = r"[0-9]{1,18}"

    def initial(self, request, *args: Any, **kwargs: Any) -> None:
        if int(request.META.get("CONTENT_LENGTH") or 0) > self.largest_body:
            raise TooLarge(f"A body may hold {self.largest_body // 1024} KB.")
        super().initial(request, *args, **kwargs)
        self._refuse_unknown_parameters()
        handler = getattr(self, "post", None)
        if request.method == "POST" and handler and (key := key_of(request)):
            setattr(self, "post", once(self, handler, key))  # noqa: B010  (DRF sets it so too)

    def _refuse_unknown_parameters(self) -> None:
        """A misspelt filter would silently answer another question."""
        known = self.parameters | self._filters()
        asked = self.request.query_params
        wrong = {name: "No such parameter." for name in asked if name not in known}
        wrong |= {name: "Given twice." for name in asked if len(asked.getlist(name)) > 1}
        if wrong:
            raise ValidationError(wrong)

    def _filters(self) -> frozenset[str]:
        if self.action == "timeline":
            return frozenset({CURSOR, LIMIT})
        if self.action != "list":
            return frozenset()
        names = {CURSOR, LIMIT}
        for backend in (each() for each in self.filter_backends):
            if not isinstance(backend, DjangoFilterBackend):
                continue
            filterset = backend.get_filterset_class(self, getattr(self, "queryset", None))
            names |= set(filterset.base_filters) if filterset else set()
        return frozenset(names)

    def shown(self, record: Any) -> Any:
        """The record as the list and the page show it, read afresh."""
        fresh = self.get_queryset().get(pk=record.pk)
        return self.get_serializer(fresh).data


class Listed(mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Has a list and a page for each."""


def creates(takes: type[Serializer]) -> Callable[[Callable], Callable]:
    """`create(self, words, *, by, at)` returns the new record: 201 with what it became."""

    def decorate(function: Callable) -> Callable:
        @extend_schema(request=takes)
        @wraps(function)
        def create(self, request) -> Response:
            record = function(self, _words(self, takes), by=request.user, at=timezone.now())
            return Response(self.shown(record), status=status.HTTP_201_CREATED)

        create.takes = takes
        return create

    return decorate


def verb(
    takes: type[Serializer] | None = None, *, word: str = ""
) -> Callable[[Callable], Callable]:
    """`finish(self, record, words, *, by, at)` as `POST …/{id}/finish/`: 200 with the record.

    `word` is what it is called where a viewset means something else by that name.

    A verb that returns another record of the kind, which it made, answers with that one.
    """

    def decorate(function: Callable) -> Callable:
        path = (word or function.__name__).replace("_", "-")

        @extend_schema(request=takes, summary=path.replace("-", " ").capitalize())
        @action(detail=True, methods=["post"], url_path=path)
        @wraps(function)
        def act(self, request, pk: str) -> Response:
            words = _words(self, takes) if takes else {}
            record = self.get_object()
            became = function(self, record, words, by=request.user, at=timezone.now())
            return Response(self.shown(became or record))

        act.takes = takes
        return act

    return decorate


def _words(view: Resource, takes: type[Serializer]) -> dict[str, Any]:
    """What the program sent, checked; a field that nobody asked for is refused."""
    serializer = takes(data=view.request.data, context=view.get_serializer_context())
    unknown = set(view.request.data) - set(serializer.fields)
    if unknown:
        raise ValidationError(dict.fromkeys(sorted(unknown), "No such field."))
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
