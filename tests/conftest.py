"""The cast, and the doors they stand at."""

import fcntl
import os
from collections.abc import Callable

import pytest
from django.conf import settings as ours
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, settings

from apps.accounts.models import ApiToken, User
from apps.outbox import rules
from apps.reports import keeping
from tests import make

# How long an example takes is the benchmark's business: a busy machine fails no property. The
# examples are the same in every run, so that one answers for the change it tests; `make fuzz`
# looks for others.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("fuzz", settings.get_profile("house"), derandomize=False)
settings.load_profile("house")

# Nor does it end a drain before its work is done.
rules.DRAIN = keeping.SECONDS = 600.0

MIGRATED = "afterlaunch_migrated"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """What takes longest begins first, while there is other work to be done beside it."""
    items.sort(key=lambda item: item.get_closest_marker("fault") is None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix,
    django_db_keepdb,
    django_db_blocker,
    tmp_path_factory,
    worker_id,
):
    """Of several workers one migrates; each begins with a copy of what that made."""
    if worker_id == "master" or django_db_keepdb:
        return
    with (tmp_path_factory.getbasetemp().parent / "migrated").open("a+") as done:
        fcntl.flock(done, fcntl.LOCK_EX)
        if not done.seek(0, os.SEEK_END):
            with django_db_blocker.unblock():
                _migrate(MIGRATED)
            done.write(MIGRATED)
    connection.settings_dict["TEST"]["TEMPLATE"] = MIGRATED


def _migrate(name: str) -> None:
    told, before = connection.settings_dict, connection.settings_dict["NAME"]
    wanted, told["TEST"]["NAME"] = told["TEST"]["NAME"], name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    told["TEST"]["NAME"] = wanted
    told["NAME"] = ours.DATABASES["default"]["NAME"] = before


@pytest.fixture
def ada(db) -> User:
    """Ada answers tickets."""
    return make.person("Ada Lovelace", "support", email="ada@demo.test")


@pytest.fixture
def sol(db) -> User:
    """Sol leads support."""
    return make.person("Sol Martínez", "support_lead", email="sol@demo.test")


@pytest.fixture
def pia(db) -> User:
    """Pia decides what is built."""
    return make.person("Pia Nowak", "product", email="pia@demo.test")


@pytest.fixture
def otto(db) -> User:
    """Otto is on call."""
    return make.person("Otto Lindgren", "on_call", email="otto@demo.test")


@pytest.fixture
def cora(db) -> User:
    """Cora writes to customers."""
    return make.person("Cora Okafor", "communications", email="cora@demo.test")


@pytest.fixture
def lea(db) -> User:
    """Lea reads first and decides."""
    return make.person("Lea Fontaine", "leadership", email="lea@demo.test")


@pytest.fixture
def admin(db) -> User:
    """The administrator sets up nouns."""
    return make.person(
        "Admin", "administrator", email="admin@demo.test", is_staff=True, is_superuser=True
    )


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """`signed_in(ada)` is a browser Ada has signed in with."""

    def at_the_door(user: User) -> Client:
        browser = Client()
        browser.force_login(user)
        return browser

    return at_the_door


@pytest.fixture
def as_ada(ada, signed_in) -> Client:
    return signed_in(ada)


@pytest.fixture
def as_sol(sol, signed_in) -> Client:
    return signed_in(sol)


@pytest.fixture
def as_pia(pia, signed_in) -> Client:
    return signed_in(pia)


@pytest.fixture
def as_otto(otto, signed_in) -> Client:
    return signed_in(otto)


@pytest.fixture
def as_cora(cora, signed_in) -> Client:
    return signed_in(cora)


@pytest.fixture
def as_lea(lea, signed_in) -> Client:
    return signed_in(lea)


@pytest.fixture
def as_admin(admin, signed_in) -> Client:
    return signed_in(admin)


@pytest.fixture
def program() -> Callable[..., Client]:
    """`program(ada)` is a program that holds a token of Ada's."""

    def at_the_door(owner: User, *scopes: str) -> Client:
        _, secret = ApiToken.issue(
            owner, "test", expires_at=make.NOW.replace(year=2100), scopes=scopes
        )
        return Client(headers={"authorization": f"Bearer {secret}"})

    return at_the_door
