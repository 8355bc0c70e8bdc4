"""The pages of what we know of people, and the same for programs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import ApiToken
from apps.outbox import jobs
from apps.privacy.models import Erasure, Hold, Takeout
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(db):
    return make.person("Second", "administrator", email="second@demo.test")


@pytest.fixture
def desk(admin, signed_in):
    return signed_in(admin)


def work():
    while jobs.advance_next():
        pass


def test_a_file_is_made_and_fetched(desk, ticket, mira):
    here = reverse("portal:privacy", args=["contact", mira.pk])
    assert b"None was made" in desk.get(here).content
    made = desk.post(f"{here}take-out/")
    takeout = Takeout.objects.get()
    assert made["Location"] == takeout.job.get_absolute_url()
    assert desk.get(f"/privacy/takeouts/{takeout.pk}/").status_code == 404
    work()
    takeout.refresh_from_db()
    fetched = desk.get(f"/privacy/takeouts/{takeout.pk}/")
    assert b"".join(fetched.streaming_content) == takeout.path.read_bytes()
    assert b"Fetch" in desk.get(here).content


def test_one_asks_and_another_approves(desk, second, signed_in, ticket, mira):
    here = reverse("portal:privacy", args=["customer", mira.customer_id])
    assert desk.post(f"{here}erase/", {"reason": ""}).status_code == 409
    desk.post(f"{here}erase/", {"reason": "They asked."})
    erasure = Erasure.objects.get()
    assert b"waits for a second person" in desk.get(here).content
    approve = f"/privacy/erasures/{erasure.pk}/approve/"
    assert desk.post(approve).status_code == 409
    signed_in(second).post(approve)
    work()
    mira.refresh_from_db()
    assert mira.email == f"erased-{mira.pk}@erased.invalid"
    assert desk.get(here).status_code == 200


def test_a_hold_is_placed_and_lifted_and_an_erasure_refused(desk, ticket, mira):
    here = reverse("portal:privacy", args=["contact", mira.pk])
    desk.post(f"{here}erase/", {"reason": "They asked."})
    desk.post(f"/privacy/erasures/{Erasure.objects.get().pk}/refuse/", {"why": "Not theirs."})
    desk.post(f"{here}hold/", {"reason": "A lawsuit."})
    assert b"A lawsuit." in desk.get(here).content
    assert b"A lawsuit." in desk.post(f"{here}erase/", {"reason": "Again."}).content
    desk.post(f"/privacy/holds/{Hold.objects.get().pk}/lift/")
    assert Hold.objects.get().lifted_at


def test_nobody_is_not_found(desk, ticket):
    for whose in ("contact", "customer", "ticket"):
        assert desk.get(f"/privacy/{whose}/999999/").status_code == 404


def test_programs_do_the_same(client, admin, second, ticket, mira):
    def as_(person):
        _, secret = ApiToken.issue(person, "t", expires_at=timezone.now() + timedelta(days=1))
        return {"HTTP_AUTHORIZATION": f"Bearer {secret}", "content_type": "application/json"}

    mine, theirs = as_(admin), as_(second)
    about = {"whose": "contact", "subject_id": mira.pk}
    made = client.post("/api/v1/takeouts/", about, **mine)
    assert made.status_code == 201, made.content
    assert client.get(f"/api/v1/takeouts/{made.json()['id']}/", **mine).status_code == 200
    hold = client.post("/api/v1/holds/", about | {"reason": "A lawsuit."}, **mine)
    assert hold.status_code == 201, hold.content
    refused = client.post("/api/v1/erasures/", about | {"reason": "Asked."}, **mine)
    assert refused.status_code == 409, refused.content
    client.post(f"/api/v1/holds/{hold.json()['id']}/lift/", **mine)
    asked = client.post("/api/v1/erasures/", about | {"reason": "Asked."}, **mine).json()
    no = client.post(f"/api/v1/erasures/{asked['id']}/refuse/", {"why": "Not yet."}, **mine)
    assert no.json()["stand"] == "refused"
    asked = client.post("/api/v1/erasures/", about | {"reason": "Asked."}, **mine).json()
    assert client.post(f"/api/v1/erasures/{asked['id']}/approve/", **mine).status_code == 409
    done = client.post(f"/api/v1/erasures/{asked['id']}/approve/", **theirs)
    assert done.json()["stand"] == "approved"
