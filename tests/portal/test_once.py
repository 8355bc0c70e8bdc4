"""Parts that are drawn once a process never show one person what is another's."""

import re
from html import unescape

import pytest
from django.urls import reverse

from apps.calendars.models import Calendar
from apps.portal import fittings, hours
from apps.portal.templatetags import ui
from apps.tickets.models import Duty, Macro, Queue, View
from tests import make

TOKENS = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
LIST = reverse("portal:tickets")


def words(answer) -> str:
    return unescape(answer.content.decode())


def test_everybody_sees_their_own_name_and_rights_in_the_frame(as_ada, as_lea, ada, lea):
    for _ in range(2):
        for browser, mine, other in ((as_ada, ada, lea), (as_lea, lea, ada)):
            html = words(browser.get(LIST))
            assert f"{mine}: settings and sign out" in html
            assert f"{other}: settings" not in html
            assert ('aria-label="New ticket"' in html) == mine.may("tickets.create")
            assert ("Export</button>" in html) == mine.may("tickets.export")


def test_every_form_has_the_token_of_its_own_page(as_ada, as_sol):
    pages = [words(browser.get(LIST)) for browser in (as_ada, as_sol, as_ada)]
    tokens = [set(TOKENS.findall(page)) for page in pages]
    assert all(len(found) == 1 for found in tokens)
    assert len(set.union(*tokens)) == 3
    assert not any(ui.HOLE in page for page in pages)


def test_what_is_searched_for_stands_in_its_field_alone(as_ada):
    assert 'value="<b>&"' in words(as_ada.get(f"{LIST}?q=%3Cb%3E%26"))
    assert "<b>" not in as_ada.get(f"{LIST}?q=%3Cb%3E%26").content.decode()
    assert "<b>&" not in words(as_ada.get(LIST))


def test_a_list_follows_what_is_renamed(as_ada, ada, sol, ticket):
    queue, _ = make.queue("Billing"), make.queue("Sales")
    view = View.objects.keep("Mine", "is:todo", by=ada, at=make.NOW)
    macro = Macro.objects.create(title="Close it", owner=ada)
    for name in ("<i>One</i>", "Two & more"):
        Queue.objects.filter(pk=queue.pk).update(name=name)
        View.objects.filter(pk=view.pk).update(name=f"View {name}")
        Macro.objects.filter(pk=macro.pk).update(title=f"Macro {name}")
        raw = as_ada.get(f"{LIST}?view={view.pk}").content.decode()
        assert "<i>" not in raw
        html = unescape(raw)
        assert html.count(f">{name}</option>") == 2  # the filter bar's and the bulk bar's
        assert f"aria-current=page>View {name}</a>" in html
        assert f">Macro {name}</option>" in html
    html = words(as_ada.get(reverse("portal:inbox")))
    assert f'<option value="{queue.slug}">Two & more</option>' in html


def test_what_stands_around_a_list_is_one_query(ada, sol, django_assert_num_queries):
    own = View.objects.keep("Ada's", "", by=ada, at=make.NOW)
    View.objects.keep("Sol's", "", by=sol, at=make.NOW)
    fittings.around(ada)
    with django_assert_num_queries(1):
        found = fittings.around(ada, own)
    assert found.columns == []
    assert "Ada's" in found.views and "Sol's" not in found.views


@pytest.mark.parametrize("own", [True, False])
def test_hours_are_ones_own_else_the_houses(ada, own):
    assert hours.VERSION.row(me=ada.pk) == (None,)
    house, mine = (Calendar.objects.create(name=name) for name in ("House", "Mine"))
    versions = {one: one.publish(at=make.NOW).pk for one in (house, mine)}
    Duty.objects.create(person=ada, calendar=mine if own else None)
    assert hours.VERSION.row(me=ada.pk) == (versions[mine if own else house],)


def test_hours_are_laid_out_once_a_version(db):
    assert type(hours.hours_of(None)).__name__ == "AlwaysOpen"
    version = Calendar.objects.create(name="House").publish(at=make.NOW).pk
    assert hours.hours_of(version) is hours.hours_of(version) is hours._compiled[version]
