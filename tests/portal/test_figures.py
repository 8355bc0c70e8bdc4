"""The pages of figures: what they mean, how they stand, what lies behind them."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from django.utils.html import escape

from apps.actions.models import Action
from apps.figures.history import keep_day
from apps.figures.models import FigureDay, Snapshot
from apps.figures.registry import definitions
from apps.portal.trend import line
from tests.make import NOW, person


@pytest.fixture
def sixty_overdue(ada) -> list[Action]:
    """Sixty of Ada's actions are late."""
    return [
        Action.objects.agree(f"Do {n}", owner=ada, due=date(2020, 1, 1), by=ada, at=NOW)
        for n in range(60)
    ]


def text(response) -> str:
    return response.content.decode()


def test_all_definitions_are_listed(as_lea):
    response = as_lea.get("/figures/")
    assert response.status_code == 200
    for each in definitions():
        assert escape(each.title) in text(response)


def test_the_list_costs_the_same_with_history(as_lea, lea, django_assert_max_num_queries):
    today = timezone.now().date()
    frozen = [
        FigureDay(
            key="actions.overdue",
            day=today - timedelta(days=back),
            frozen=_frozen(back),
            kept_at=NOW,
        )
        for back in range(1, 60)
    ]
    FigureDay.objects.keep(frozen)
    as_lea.get("/figures/")
    with django_assert_max_num_queries(12):
        response = as_lea.get("/figures/")
    assert "sparkline" in text(response)


def _frozen(back: int) -> dict:
    from apps.figures.registry import compute

    return compute("actions.overdue", at=NOW).as_dict() | {"value": float(back)}


def test_a_figure_explains_itself_down_to_its_rows(as_lea, sixty_overdue):
    response = as_lea.get("/figures/actions.overdue/")
    said = text(response)
    assert response.status_code == 200
    assert "Open actions whose day has passed" in said
    assert "missed" in said
    assert f"/actions/{sixty_overdue[-1].pk}/" in said
    assert f"/actions/{sixty_overdue[0].pk}/" not in said
    after = as_lea.get(f"/figures/actions.overdue/?after={sixty_overdue[10].pk}")
    assert f"/actions/{sixty_overdue[0].pk}/" in text(after)


def test_a_part_may_travel_alone(as_lea, sixty_overdue):
    response = as_lea.get("/figures/actions.overdue/", headers={"hx-request": "true"})
    assert text(response).lstrip().startswith('<section class="section flush" id="rows"')


def test_its_history_is_a_line_with_a_table(as_lea, sixty_overdue):
    for back in (3, 2, 1):
        keep_day(timezone.now().date() - timedelta(days=back), at=timezone.now())
    said = text(as_lea.get("/figures/actions.overdue/"))
    assert "polyline" in said and "As a table" in said


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/figures/nothing.here/", 404),
        ("/figures/actions.overdue/?after=x", 400),
        ("/figures/actions.on_time/?from=x&to=y", 400),
        ("/figures/actions.on_time/?from=2026-11-01", 400),
        ("/figures/actions.on_time/?from=2026-11-02&to=2026-11-01", 400),
        ("/figures/actions.on_time/?from=0001-01-01&to=9999-12-31", 400),
        ("/figures/actions.on_time/?from=2026-11-01&to=2026-11-15", 200),
        ("/figures/actions.on_time/?from=2026-11-01T00:00Z&to=2026-11-15T00:00%2B02:00", 200),
        ("/figures/snapshots/", 200),
        ("/figures/snapshots/6f1c2a7e-0000-4000-8000-000000000000/", 404),
    ],
)
def test_addresses(as_lea, address, status):
    assert as_lea.get(address).status_code == status


def test_a_snapshot_stays_as_it_was(as_lea, sixty_overdue, ada):
    response = as_lea.post("/figures/snapshots/take/", {"title": "Before the review"}, follow=True)
    assert "Before the review" in text(response)
    Action.objects.update(state="done", ended_at=NOW)
    snapshot = Snapshot.objects.get()
    kept = {figure.key: figure for figure in snapshot.figures}
    assert kept["actions.overdue"].value == 60
    assert kept.keys() == {each.key for each in definitions() if not each.scope}
    assert "Before the review" in text(as_lea.get("/figures/snapshots/"))


def test_a_snapshot_of_some(as_lea):
    as_lea.post("/figures/snapshots/take/", {"key": ["actions.on_time", "actions.overdue"]})
    keys = [figure.key for figure in Snapshot.objects.get().figures]
    assert keys == ["actions.on_time", "actions.overdue"]


@pytest.mark.parametrize(
    ("words", "status"), [({"key": "nothing.here"}, 400), ({"title": "x" * 500}, 422)]
)
def test_what_cannot_be_frozen(as_lea, words, status):
    assert as_lea.post("/figures/snapshots/take/", words).status_code == status
    assert not Snapshot.objects.exists()


def test_who_may(signed_in, as_ada, ada):
    assert as_ada.get("/figures/").status_code == 200
    assert as_ada.post("/figures/snapshots/take/").status_code == 403
    nobody = signed_in(person("No Role"))
    assert nobody.get("/figures/").status_code == 403


def test_a_gap_in_the_line_is_a_gap():
    drawn = line([1, 2, None, 4, None, 6], target=3)
    assert drawn.count("<polyline") == 3
    assert 'class="target"' in drawn


def test_nothing_known_draws_nothing():
    assert line([None, 4, None]) == ""
    assert "<polyline" in line([5, 5, 5])
