"""Every resource × verb × identity of the API, generated from the router and the role matrix."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.rules import MATRIX, permissions_of
from apps.api.access import READING
from apps.api.resource import router
from apps.api.urls import urlpatterns  # noqa: F401  (fills the router)
from tests import make

IDENTITIES = [*Role.values, "no role", "nobody"]
ABSENT = {"pk": "999999999", "key": "nothing.here", "number": "999999999"}


@dataclass(frozen=True)
class Door:
    """One verb of one resource."""

    resource: str
    action: str
    method: str
    path: str
    permission: str | None

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.resource}:{self.action}"


def doors() -> Iterator[Door]:
    for prefix, viewset, _ in router.registry:
        lookup = ABSENT.get(viewset.lookup_url_kwarg or viewset.lookup_field, "")
        if not re.fullmatch(viewset.lookup_value_regex, lookup):
            lookup = str(uuid.UUID(int=0))
        for route in router.get_routes(viewset):
            place = route.url.strip("^$").replace("{prefix}", prefix).replace("{lookup}", lookup)
            place = re.sub(r"\(\?P<\w+>[^)]*\)", "999999999", place)  # a part of the record
            path = "/api/v1/" + place.replace("{trailing_slash}", "/")
            for method, action in route.mapping.items():
                if hasattr(viewset, action):
                    needed = viewset.needs.get("read" if action in READING else action)
                    yield Door(prefix, action, method, path, needed)


DOORS = list(doors())


@pytest.fixture
def at_the_door(program, settings):
    """A program of somebody with that role."""

    settings.API_CALLS_A_MINUTE = 100_000

    def stand(identity: str, *scopes: str) -> Client:
        if identity == "nobody":
            return Client()
        roles = [] if identity == "no role" else [identity]
        return program(make.person("", *roles), *scopes)

    return stand


def knock(client: Client, door: Door) -> int:
    send = getattr(client, door.method)
    more = {} if door.method == "get" else {"data": b"{}", "content_type": "application/json"}
    return send(door.path, **more).status_code


def test_there_are_doors():
    assert len(DOORS) > 15
    assert {door.method for door in DOORS} <= {"get", "post", "put", "patch", "delete"}


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_every_verb_names_a_permission_of_the_matrix(door):
    assert door.permission in MATRIX, f"{door} is open to nobody or by an unknown permission"


def expected(door: Door, identity: str) -> set[int]:
    if identity == "nobody":
        return {401}
    if door.permission in permissions_of(frozenset({identity})):
        return {200, 201, 400, 404}  # it is open, and there is nothing behind it
    return {403}


@pytest.mark.django_db
@pytest.mark.parametrize("identity", IDENTITIES)
def test_who_may_knock(identity, at_the_door):
    client = at_the_door(identity)
    wrong = {
        str(door): status
        for door in DOORS
        if (status := knock(client, door)) not in expected(door, identity)
    }
    assert wrong == {}


SCOPES = sorted({door.permission for door in DOORS})
HALVES = [
    frozenset(scope for at, scope in enumerate(SCOPES) if (at >> bit) & 1 == kept)
    for bit in range(len(SCOPES).bit_length())
    for kept in (0, 1)
]


def test_of_any_two_scopes_some_token_holds_the_one_and_not_the_other():
    assert frozenset() not in HALVES
    for one, other in permutations(SCOPES, 2):
        assert any(one in half and other not in half for half in HALVES), (one, other)


@pytest.mark.django_db
@pytest.mark.parametrize("half", HALVES, ids=range(len(HALVES)))
def test_a_scope_opens_its_own_doors_only(half, at_the_door):
    """No other scope opens a door: whichever it were, some half holds it and not the door's own."""
    client = at_the_door(Role.ADMINISTRATOR, *half)
    wrong = [
        str(door) for door in DOORS if (knock(client, door) == 403) is (door.permission in half)
    ]
    assert wrong == []
