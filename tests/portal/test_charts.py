"""Charts: well-formed, readable without seeing, honest about gaps."""

import math
from datetime import UTC
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.portal.charts import Marker, Series, bars, heat_map, sparkline, trend
from apps.portal.charts.frame import ticks, time_ticks

DAY = 1_795_392_000  # 2026-11-23 00:00 UTC
amounts = st.floats(-1e12, 1e12)


def drawn(svg):
    """The parsed picture; nothing in it may carry a style or a script."""
    assert "style" not in svg
    assert "script" not in svg
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.find("title").text
    return root


def line(*values, name="a", step=60):
    points = [(DAY + step * n, v, v, v) for n, v in enumerate(values) if v is not None]
    return Series(name, points)


def chart(*many, **options):
    usual = {"key": "k", "title": "T", "start": DAY, "end": DAY + 600, "step": 60, "say": str}
    return trend(many, **(usual | options))


class TestTrend:
    def test_a_gap_is_a_gap(self):
        root = drawn(chart(line(1, 2, None, None, 3, 4)))
        assert len(root.findall("polyline")) == 2
        assert len([r for r in root.iter("rect") if r.get("class") == "gap"]) == 2

    def test_one_alone_is_a_dot(self):
        root = drawn(chart(line(1, None, None, 2, 3)))
        assert len(root.findall("circle")) == 1

    def test_nothing_is_said(self):
        root = drawn(chart(line()))
        assert "no data" in root.find("desc").text
        assert drawn(chart()).find("desc").text == "No data in this range"

    def test_what_is_heard(self):
        said = drawn(chart(line(1.0, 5.0, 3.0, name="cpu"))).find("desc").text
        assert said == "cpu: last 3.0, between 1.0 and 5.0"

    def test_lines_differ_by_more_than_colour(self):
        root = drawn(chart(line(1, 2, name="a"), line(2, 3, name="b"), line(3, 4, name="c")))
        assert [p.get("data-n") for p in root.findall("polyline")] == ["1", "2", "3"]
        assert not list(root.iter("polygon"))

    def test_a_band_a_target_a_marker_and_what_is_provisional(self):
        series = Series("a", [(DAY, 2, 1, 3), (DAY + 60, 2, 1, 3)])
        root = drawn(
            chart(
                series,
                target=2.5,
                markers=[Marker(DAY + 60, "Deploy <7>", "D"), Marker(DAY, "I", "I", DAY + 120)],
                provisional=DAY + 500,
            )
        )
        classes = {node.get("class") for node in root.iter()}
        assert {"area", "target", "marker", "stretch", "provisional"} <= classes
        assert "Deploy <7>" in {node.text for node in root.iter("title")}

    @given(st.lists(st.none() | amounts, max_size=30), st.none() | amounts)
    def test_every_point_is_on_the_paper(self, values, target):
        root = drawn(chart(line(*values), end=DAY + 60 * 30, target=target))
        for shape in root.iter("polyline"):
            for point in shape.get("points").split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= 760
                assert -1 <= y <= 241


class TestTicks:
    @given(amounts, amounts)
    def test_round_numbers_around_the_values(self, one, other):
        low, high = sorted((one, other))
        found = ticks(low, high)
        assert 2 <= len(found) <= 9
        assert found[0] <= low + 1e-6 * max(1, abs(low), high - low)  # far less than a pixel
        assert found == sorted(found)

    def test_examples(self):
        assert ticks(0, 10) == [0, 5, 10]
        assert ticks(0, 1) == [0, 0.5, 1.0]
        assert ticks(3, 3)[0] <= 3 < ticks(3, 3)[-1]
        assert ticks(0, math.inf)
        assert ticks(0, 5e-324) == [0, 0.5, 1.0]

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
    @pytest.mark.parametrize("hours", [1, 6, 24, 24 * 7, 24 * 30, 24 * 90])
    def test_instants_are_round_where_the_person_is(self, zone, hours):
        found = time_ticks(DAY, DAY + 3600 * hours, ZoneInfo(zone))
        assert 1 <= len(found) <= 10
        assert all(DAY <= at <= DAY + 3600 * hours for at, _ in found)

    def test_midnight_is_a_day(self):
        words = [said for _, said in time_ticks(DAY, DAY + 86_400, UTC)]
        assert words[0] == "23 Nov"
        assert "06:00" in words

    def test_over_the_night_the_clocks_go_back(self):
        start = 1_792_879_200  # 2026-10-24 22:00 UTC: midnight in Berlin
        words = [
            said for _, said in time_ticks(start, start + 3 * 86_400, ZoneInfo("Europe/Berlin"))
        ]
        assert words[0] == "25 Oct"
        assert "26 Oct" in words
        assert "27 Oct" in words


class TestOthers:
    def test_a_sparkline_with_a_gap(self):
        root = drawn(sparkline([1, 2, None, 3, None, 4, 5], "T"))
        assert len(root.findall("polyline")) == 2
        assert len(root.findall("circle")) == 1

    @given(st.lists(st.none() | amounts))
    def test_any_sparkline(self, values):
        drawn(sparkline(values, "T < U"))

    def test_heat(self):
        bins = {DAY: [90, 8, 2], DAY + 60: [0, 0, 5]}
        root = drawn(
            heat_map(
                bins,
                (0.1, 0.2),
                key="h",
                title="T",
                start=DAY,
                end=DAY + 600,
                step=60,
                say=str,
                target=0.2,
            )
        )
        cells = [node for node in root.iter("rect") if node.get("class") == "cell"]
        assert len(cells) == 4  # nothing is drawn where nothing fell
        assert "more than 0.2: 2 of 100" in {node.find("title").text for node in cells}
        assert any(node.get("class") == "target" for node in root.iter("line"))

    def test_heat_of_nothing(self):
        empty = heat_map({}, (0.1,), key="h", title="T", start=DAY, end=DAY + 60, step=60, say=str)
        assert drawn(empty).find("desc").text == "No data in this range"

    def test_bars(self):
        root = drawn(
            bars(
                [("a", [("good", 3), ("bad", 1)]), ("b", [])], key="b", title="T", say=str, target=2
            )
        )
        assert [n.get("data-part") for n in root.iter("rect")] == ["good", "bad"]
        assert "a: 4" in root.find("desc").text
        drawn(bars([], key="b", title="T", say=str))
