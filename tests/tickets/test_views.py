"""Saved views: kept, changed, shared, pinned, deleted and brought back, by whom who may."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from apps.tickets import viewing
from apps.tickets.models import Habit, View
from apps.timeline.refusal import Refused
from tests import make

NOW = make.NOW


@pytest.fixture
def vip(ada) -> View:
    return View.objects.keep("VIP", "is:todo tag:vip", by=ada, at=NOW, columns=["waiting", "due"])


def test_a_view_is_kept_as_it_was_understood(vip, ada):
    vip.refresh_from_db()
    assert (vip.owner, vip.made_by, vip.words) == (ada, ada, "is:todo tag:vip")
    assert vip.columns == ["due", "waiting"]
    assert vip.timeline().get().verb == "kept"
    assert str(vip) == "VIP"
    assert vip.get_absolute_url() == f"/tickets/?view={vip.pk}"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"words": "status:nothing"}, "words"),
        ({"sort": "drop"}, "sort"),
        ({"columns": ["password"]}, "columns"),
        ({"name": "VIP"}, "name"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(vip, ada, fields, field):
    given = {"name": "Other", "words": "", "sort": "due"} | fields
    with pytest.raises(Refused) as refused:
        View.objects.keep(given.pop("name"), given.pop("words"), by=ada, at=NOW, **given)
    assert refused.value.field == field


def test_a_view_is_edited_and_says_what_changed(vip, ada):
    vip.edit(name="Very important", sort="oldest", by=ada, at=NOW)
    edited = vip.timeline().last()
    assert edited.data == {"name": ["VIP", "Very important"], "sort": ["updated", "oldest"]}
    with pytest.raises(Refused, match="already"):
        vip.edit(name="Very important", by=ada, at=NOW)


def test_who_sees_what(vip, ada, sol, pia):
    support = make.team("Support", ada)
    assert set(View.objects.visible_to(ada)) == {vip}
    assert set(View.objects.visible_to(sol)) == set()
    vip.owner = sol  # handed over, to be shared by the lead
    vip.save()
    vip.share(support, by=sol, at=NOW)
    assert set(View.objects.visible_to(ada)) == {vip}
    assert set(View.objects.visible_to(pia)) == set()
    assert vip.shared_with() == "Support"
    vip.share(by=sol, at=NOW)
    assert set(View.objects.visible_to(pia)) == {vip}
    assert vip.shared_with() == "everybody"
    with pytest.raises(Refused, match="already"):
        vip.share(by=sol, at=NOW)
    vip.keep_private(by=sol, at=NOW)
    assert vip.shared_with() == "only you"
    assert set(View.objects.visible_to(ada)) == set()
    with pytest.raises(Refused, match="already"):
        vip.keep_private(by=sol, at=NOW)


def test_only_a_lead_shares_and_changes_what_is_shared(vip, ada, sol):
    with pytest.raises(Refused, match="Leads"):
        vip.share(by=ada, at=NOW)
    with pytest.raises(Refused, match="owner"):
        vip.edit(name="Mine now", by=sol, at=NOW)
    shared = View.objects.create(name="Everybody's")
    with pytest.raises(Refused, match="lead"):
        shared.edit(name="Mine", by=ada, at=NOW)
    shared.edit(name="All of us", by=sol, at=NOW)


def test_a_copy_is_ones_own_under_a_name_that_is_free(ada):
    shared = View.objects.create(name="Everybody's", words="is:late", sort="due")
    first, second = (shared.duplicate(by=ada, at=NOW) for _ in range(2))
    assert (first.name, second.name) == ("Everybody's copy", "Everybody's copy 2")
    assert (first.owner, first.words, first.sort) == (ada, "is:late", "due")


def test_a_deleted_view_comes_back_with_its_pins(vip, ada, sol):
    viewing.pin(vip, by=ada, at=NOW)
    vip.delete_by(ada, at=NOW)
    assert not View.objects.visible_to(ada)
    with pytest.raises(Refused, match="deleted"):
        vip.edit(name="Gone", by=ada, at=NOW)
    again = View.objects.keep("VIP", "", by=ada, at=NOW)  # the name is free
    with pytest.raises(Refused, match="already"):
        vip.restore(by=ada, at=NOW)
    again.delete_by(ada, at=NOW)
    vip.restore(by=ada, at=NOW)
    assert Habit.objects.get(view=vip).pinned
    with pytest.raises(Refused, match="is there"):
        vip.restore(by=ada, at=NOW)


def test_a_pin_is_counted_and_taken_out(vip, ada):
    make.ticket(tags=["vip"])
    viewing.pin(vip, by=ada, at=NOW)
    habit = Habit.objects.get(person=ada)
    assert (habit.count, habit.counted_at, habit.pinned) == (1, NOW, True)
    assert habit.took > 0
    viewing.pin(vip, by=ada, at=NOW)  # twice is once
    vip.unpin(by=ada)
    assert not Habit.objects.get(person=ada).pinned


def test_a_rail_has_room_for_so_many(ada):
    for n in range(12):
        View.objects.keep(f"View {n}", "", by=ada, at=NOW).pin(by=ada)
    with pytest.raises(Refused, match="12"):
        View.objects.keep("One more", "", by=ada, at=NOW).pin(by=ada)


def test_slow_pins_are_counted_in_the_background_and_quick_ones_are_not(vip, ada):
    viewing.pin(vip, by=ada, at=NOW)
    Habit.objects.update(took=1)
    assert viewing.count_pins(at=NOW + timedelta(hours=1)) == 0
    Habit.objects.update(took=viewing.SLOW)
    assert viewing.count_pins(at=NOW + timedelta(minutes=1)) == 0
    make.ticket(tags=["vip"])
    assert viewing.count_pins(at=NOW + timedelta(hours=1)) == 1
    assert Habit.objects.get().count == 1


def test_a_count_that_takes_too_long_leaves_the_number_from_before(vip, ada, monkeypatch):
    viewing.pin(vip, by=ada, at=NOW)

    def too_long(lists):
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(viewing, "counted", too_long)
    viewing.measure(Habit.objects.get(), at=NOW + timedelta(hours=1))
    habit = Habit.objects.get()
    assert (habit.count, habit.counted_at) == (0, NOW)


def test_columns_are_a_habit_of_one_person_for_one_list(vip, ada, sol):
    Habit.objects.choose_columns(ada, vip, ["due"])
    Habit.objects.choose_columns(ada, None, ["number"])
    assert Habit.objects.columns_of(ada, vip.pk) == ["due"]
    assert Habit.objects.columns_of(ada, None) == ["number"]
    assert Habit.objects.columns_of(sol, vip.pk) == []
    assert str(Habit.objects.get(view=vip)) == "Ada Lovelace: VIP"
