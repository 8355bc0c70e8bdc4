"""What a policy refuses while it is drafted, published and retired."""

import pytest
from django.core.exceptions import ValidationError

from apps.sla.models import Policy
from apps.timeline.refusal import Refused
from tests.make import NOW

pytestmark = pytest.mark.django_db
BROKEN = {"first_response": -5}


@pytest.fixture
def gold(sol) -> Policy:
    policy = Policy()
    policy.edit(name="Gold", tiers=["enterprise"], by=sol, at=NOW)
    return policy


@pytest.mark.parametrize(
    ("fields", "why", "field"),
    [
        ({"name": " "}, "Give it a name", "name"),
        ({"name": "Standard"}, "Another policy has this name", "name"),
        ({"calendar": 999_999}, "no such calendar", "calendar"),
        ({"targets": BROKEN}, "cannot be promised", ""),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(gold, sol, fields, why, field):
    Policy.objects.create(name="Standard")
    with pytest.raises(Refused, match=why) as refused:
        gold.edit(**fields, by=sol, at=NOW)
    assert (refused.value.field or "") == field
    assert Policy.objects.get(pk=gold.pk).name == "Gold"


def test_an_edit_that_changes_nothing_leaves_no_trace(gold, sol):
    before = gold.timeline().count()
    gold.edit(name="Gold", by=sol, at=NOW)
    assert gold.timeline().count() == before and gold.is_edited


def test_the_default_has_no_conditions_and_stays(sol):
    default = Policy.objects.default()
    with pytest.raises(Refused, match="no conditions"):
        default.edit(tags=["vip"], by=sol, at=NOW)
    default.refresh_from_db()
    with pytest.raises(Refused, match="every ticket needs one"):
        default.retire(by=sol, at=NOW)
    default.tags = ["vip"]
    with pytest.raises(ValidationError, match="no conditions"):
        default.clean()


URGENT = {"first_response": 900, "resolution": 7200}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, {}),
        ({"targets": [], "by_priority": {"urgent": []}}, {}),
        (
            {"targets": ["resolution", "first_response", "resolution"]},
            {"targets": ["first_response", "resolution"]},
        ),
        (
            {"by_priority": {"urgent": ["next_response", "first_response"], "low": ["resolution"]}},
            {"by_priority": {"urgent": ["first_response"]}},
        ),
    ],
    ids=["nothing", "empty", "once and in order", "of targets that are there"],
)
def test_hours_are_kept_in_one_way(gold, sol, said, kept):
    gold.edit(by_priority={"urgent": URGENT}, around_the_clock=said, by=sol, at=NOW)
    gold.refresh_from_db()
    assert gold.around_the_clock == kept
    assert gold.draft().get("around_the_clock", {}) == kept
    gold.around_the_clock = said
    gold.clean()
    assert gold.around_the_clock == kept


def test_hours_are_drafted_published_discarded_and_given_up_with_their_target(gold, sol):
    first = gold.publish(by=sol, at=NOW)
    assert "around_the_clock" not in first.spec  # as in all versions before this could be said
    around = {"targets": ["resolution"], "by_priority": {"urgent": ["first_response"]}}
    gold.edit(by_priority={"urgent": URGENT}, around_the_clock=around, by=sol, at=NOW)
    assert gold.timeline().latest("pk").data["around_the_clock"] == [{}, around]
    gold.discard(by=sol, at=NOW)
    assert gold.around_the_clock == {}
    gold.edit(by_priority={"urgent": URGENT}, around_the_clock=around, by=sol, at=NOW)
    second = gold.publish(by=sol, at=NOW)
    assert second.spec["around_the_clock"] == around
    gold.edit(targets={"first_response": 3600}, by_priority={}, by=sol, at=NOW)
    assert gold.around_the_clock == {}
    gold.discard(by=sol, at=NOW)
    assert gold.around_the_clock == around and not gold.is_edited
    with pytest.raises(Refused, match=r"around_the_clock.targets\[0\]: unknown kind"):
        gold.edit(around_the_clock={"targets": ["lunch"]}, by=sol, at=NOW)


@pytest.mark.parametrize("name", ["targets", "by_priority", "pauses", "ladder", "around_the_clock"])
def test_a_draft_typed_in_the_admin_is_blamed_by_its_field(gold, name):
    setattr(gold, name, "nonsense")
    with pytest.raises(ValidationError) as wrong:
        gold.clean()
    assert list(wrong.value.message_dict) == [name]


def test_a_draft_is_discarded_only_where_there_is_one(gold, sol):
    with pytest.raises(Refused, match="no draft"):
        gold.discard(by=sol, at=NOW)
    gold.publish(by=sol, at=NOW)
    with pytest.raises(Refused, match="no draft"):
        gold.discard(by=sol, at=NOW)
    gold.edit(targets={"resolution": 60}, tiers=[], by=sol, at=NOW)
    gold.discard(by=sol, at=NOW)
    assert not gold.is_edited and gold.tiers == ["enterprise"]


def test_what_cannot_be_published_says_why(gold, sol):
    Policy.objects.filter(pk=gold.pk).update(targets=BROKEN)
    with pytest.raises(Refused, match="cannot be promised"):
        gold.publish(by=sol, at=NOW)
    Policy.objects.filter(pk=gold.pk).update(targets={"resolution": 60})
    version = gold.publish(by=sol, at=NOW)
    assert str(version) == "Gold v1"
    with pytest.raises(Refused, match="Nothing was changed"):
        gold.publish(by=sol, at=NOW)
    gold.retire(by=sol, at=NOW)
    for act in (gold.retire, gold.publish, gold.edit):
        with pytest.raises(Refused, match="retired"):
            act(by=sol, at=NOW)
