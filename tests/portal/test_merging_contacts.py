"""Contacts who are one person: chosen in the portal, and taken back there."""

import pytest
from django.urls import reverse

from apps.customers.models import Contact
from apps.tickets.models import Ticket
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return make.customer("Acme")


@pytest.fixture
def old(acme):
    return make.contact("Mira Old", email="old@acme.test", customer=acme)


@pytest.fixture
def new(acme):
    return make.contact("Mira New", email="new@acme.test", customer=acme)


def url(name, contact):
    return reverse(f"portal:contact-{name}", args=[contact.pk])


def test_merged_from_the_page_and_given_back_on_it(as_ada, acme, old, new):
    ticket = Ticket.objects.report(subject="Export", body="x", contact=old, at=make.NOW)
    home = reverse("portal:customer", args=[acme.pk])
    assert url("merge", old) in as_ada.get(home).content.decode()
    html = as_ada.get(url("merge", old)).content.decode()
    assert "new@acme.test" in html and "different customers" not in html
    answer = as_ada.post(url("merge", old), {"into": new.pk}, follow=True)
    html = answer.content.decode()
    assert answer.redirect_chain == [(home, 302)]
    assert "Mira Old goes on as Mira New, with 1 ticket." in html
    assert url("unmerge", old) in html and "also old@acme.test" in html
    assert url("change", old) not in html
    assert as_ada.get(url("change", old))["Location"] == url("change", new)
    assert url("unmerge", old) in as_ada.get(url("change", new)).content.decode()
    assert as_ada.get(url("merge", old)).status_code == 409
    moved = make.contact("Jon", customer=acme)
    ticket.belong_to(moved, by=None, at=make.NOW)
    said = as_ada.post(url("unmerge", old), follow=True).content.decode()
    assert "Mira Old is a contact of their own again." in said
    assert f"left as they are: #{ticket.pk}." in said
    assert as_ada.post(url("unmerge", old)).status_code == 409


def test_another_customer_is_found_by_words_and_meant(as_ada, old):
    there = make.contact("Mira South", email="mira@south.test", customer=make.customer("South"))
    page = f"{url('merge', old)}?q=south"
    html = as_ada.get(page).content.decode()
    assert "mira@south.test" in html and "at different customers" in html
    answer = as_ada.post(
        url("merge", old), {"into": there.pk}
    )  # the words are lost, not the choice
    assert answer.status_code == 422 and "different customers" in answer.content.decode()
    assert as_ada.post(page, {"into": there.pk, "across": "on"}).status_code == 302
    assert Contact.objects.known_as(old.email).get() == there


@pytest.mark.parametrize("into", ["", "x", "999999", "9" * 30])
def test_nobody_chosen_is_said(as_ada, old, new, into):
    assert as_ada.post(url("merge", old), {"into": into}).status_code == 422
    old.refresh_from_db()
    assert old.merged_into is None


def test_who_has_no_customer_is_merged_from_their_own_page(as_ada, new):
    lone = make.contact("Mira", email="mira@web.test", customer=None)
    html = as_ada.get(url("merge", lone)).content.decode()
    assert "Search for the other contact" in html
    assert "Nobody found" in as_ada.get(f"{url('merge', lone)}?q=zzzz").content.decode()
    answer = as_ada.post(url("merge", new), {"into": lone.pk})
    assert answer["Location"] == url("change", lone)
