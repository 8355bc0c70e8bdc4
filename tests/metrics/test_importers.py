"""Outside bytes become records, or a sentence."""

import gzip
import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.metrics.importers import mapping, prometheus, push, rows, table
from apps.metrics.importers.mapping import Mapping
from apps.metrics.importers.records import Unusable, settle
from apps.metrics.rules.values import State

T = 1_795_423_440


def answer(*series, kind="matrix", **more):
    data = {"resultType": kind, "result": list(series)}
    return json.dumps({"status": "success", "data": data, **more}).encode()


def one(*points, **labels):
    return {"metric": {"__name__": "up", **labels}, "values": [list(point) for point in points]}


class TestPrometheus:
    def test_a_matrix(self):
        batch = prometheus.read(answer(one((T, "1"), (T + 60.5, "0"), job="node")))
        track = batch.tracks[0]
        assert track.labels == {"__name__": "up", "job": "node"}
        assert track.times == [T, T + 60.5]
        assert track.values == [1.0, 0.0]
        assert track.states is None
        assert (batch.received, batch.first, batch.last) == (2, T, T + 60.5)

    def test_the_four_ways_of_not_being_a_number(self):
        """NaN, the infinities, absent and zero are different things."""
        points = [(T, "NaN"), (T + 60, "+Inf"), (T + 120, "-Inf"), (T + 240, "0")]
        track = prometheus.read(answer(one(*points))).tracks[0]
        assert track.times == [T, T + 60, T + 120, T + 240]  # T + 180 is not there at all
        assert track.values == [None, None, None, 0.0]
        assert track.states == [
            State.NAN,
            State.POSITIVE_INFINITY,
            State.NEGATIVE_INFINITY,
            State.OK,
        ]

    def test_an_empty_result_is_empty_not_zero(self):
        batch = prometheus.read(answer())
        assert batch.tracks == []
        assert batch.received == 0
        assert batch.last is None

    def test_denormals_and_large_integers(self):
        tiny = f"{5e-324:.400f}"
        track = prometheus.read(answer(one((T, tiny), (T + 1, "9007199254740993")))).tracks[0]
        assert track.values == [5e-324, 9007199254740992.0]

    def test_a_number_no_sum_could_hold(self):
        track = prometheus.read(answer(one((T, "1e305")))).tracks[0]
        assert track.states == [State.POSITIVE_INFINITY]

    def test_a_vector_and_a_scalar(self):
        found = {"metric": {"job": "a"}, "value": [T, "3"]}
        assert prometheus.read(answer(found, kind="vector")).tracks[0].values == [3.0]
        body = {"status": "success", "data": {"resultType": "scalar", "result": [T, "7"]}}
        assert prometheus.read(json.dumps(body).encode()).tracks[0].values == [7.0]

    def test_warnings_are_kept(self):
        assert prometheus.read(answer(warnings=["partial"])).warnings == ["partial"]

    def test_points_out_of_order_or_twice_are_a_doubt(self):
        batch = prometheus.read(answer(one((T + 60, "2"), (T, "1"), (T + 60, "3"))))
        assert batch.tracks[0].times == [T, T + 60]
        assert batch.tracks[0].values == [1.0, 3.0]
        assert "order" in batch.warnings[0]

    def test_series_that_differ_only_in_name(self):
        other = {"metric": {"__name__": "down"}, "values": [[T, "1"]]}
        batch = prometheus.read(answer(one((T, "1")), other))
        assert len(batch.tracks) == 1
        assert "only in its name" in batch.rejected[0].reason

    def test_an_unclean_label_rejects_its_series_alone(self):
        batch = prometheus.read(answer(one((T, "1"), job="a\x00b"), one((T, "2"), job="c")))
        assert len(batch.tracks) == 1
        assert "unclean" in batch.rejected[0].reason

    def test_native_histograms_are_named(self):
        native = {"metric": {}, "histograms": [[T, {"count": "1"}]]}
        assert "classic" in prometheus.read(answer(native)).warnings[0]

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"", "breaks off"),
            (b"<html>login</html>", "web page"),
            (b"\xff\xfe", "UTF-8"),
            (b"null", "not an object"),
            (b"[]", "not an object"),
            (b'{"status":"success"', "breaks off"),
            (b'{"status":"success"} trailing', "not JSON"),
            (b'{"status":"success","data":{"resultType":"matrix","result":[NaN]}}', "NaN"),
            (b'{"status":"success","status":"error"}', "twice"),
            (b'{"status":"success","data":' + b"[" * 100_000, "deep"),
            (b'{"status":' + b"9" * 5_000 + b"}", "impossible"),
            (b'{"status":"success"}', "no data"),
            (b'{"status":"success","data":{}}', "no data"),
            (answer(kind="string"), "no samples"),
            (answer(kind="matrix", warnings="x"), "warnings"),
            (b'{"status":"success","data":{"resultType":"matrix","result":{}}}', "not a list"),
            (answer("x"), "labels"),
            (answer({"values": []}), "labels"),
            (answer({"metric": {}, "values": {}}), "not a list"),
            (answer(one((T, 1))), "a number as text"),
            (answer(one((T, None))), "a number as text"),
            (answer(one((T,))), "a number as text"),
            (answer(one((T, "1", "2"))), "a number as text"),
            (answer(one((T, "one"))), "a number as text"),
            (answer(one((T, "1_000"))), "Prometheus writes"),
            (answer(one((T, "１"))), "Prometheus writes"),
            (answer(one((T, " 1 "))), "Prometheus writes"),
            (answer(one((str(T), "1"))), "instant"),
            (answer(one((True, "1"))), "instant"),
            (answer(one((1e300, "1"))), "instant"),
            (answer(one((-1, "1"))), "instant"),
            (answer(one((T * 1000, "1"))), "instant"),
            (answer(one(*((T + n, "1") for n in range(11_001)))), "11,001"),
        ],
    )
    def test_what_cannot_be_believed(self, body, said):
        with pytest.raises(Unusable, match=said):
            prometheus.read(body)

    @pytest.mark.parametrize(
        ("kind", "final"),
        [("bad_data", True), ("execution", True), ("timeout", False), ("unavailable", False)],
    )
    def test_the_servers_own_refusal(self, kind, final):
        body = json.dumps({"status": "error", "errorType": kind, "error": "no"}).encode()
        with pytest.raises(Unusable, match=kind) as refused:
            prometheus.read(body)
        assert refused.value.final is final

    @given(st.binary(max_size=300))
    def test_no_bytes_break_it(self, body):
        with pytest.raises(Unusable):
            prometheus.read(body)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["metric", "values", "value", "le", "x"]), inner, max_size=3
                )
            ),
            max_leaves=8,
        ),
        st.booleans(),
    )
    def test_no_shape_breaks_it(self, result, histogram):
        body = {"status": "success", "data": {"resultType": "matrix", "result": [result]}}
        try:
            prometheus.read(json.dumps(body).encode(), histogram=histogram)
        except Unusable as said:
            assert str(said)


class TestPrometheusHistograms:
    def bucket(self, le, *points, **labels):
        return {
            "metric": {"__name__": "x_bucket", "le": le, **labels},
            "values": [list(point) for point in points],
        }

    def test_series_of_edges_become_one(self):
        body = answer(
            self.bucket("+Inf", (T, "10"), (T + 60, "12")),
            self.bucket(".2", (T, "7"), (T + 60, "8")),
            self.bucket("1e0", (T, "9"), (T + 60, "11")),
            {"metric": {"__name__": "x_sum"}, "values": [[T, "3.5"], [T + 60, "NaN"]]},
            {"metric": {"__name__": "x_count"}, "values": [[T, "10"]]},
        )
        track = prometheus.read(body, histogram=True).histograms[0]
        assert track.bounds == (0.2, 1.0)
        assert track.counts == [[7, 2, 1], [8, 3, 1]]
        assert track.sums == [3.5, None]
        assert track.labels == {}

    @pytest.mark.parametrize(
        ("series", "said"),
        [
            ([("0.1", "1"), ("0.5", "2")], "needs +Inf"),
            ([("+Inf", "2")], "needs +Inf"),
            ([("0.1", "5"), ("+Inf", "2")], "fall"),
            ([("wide", "5"), ("0.1", "1"), ("+Inf", "2")], "no edge"),
            ([("0.1", "1"), ("1e-1", "1"), ("+Inf", "2")], "twice"),
        ],
    )
    def test_what_is_no_histogram(self, series, said):
        batch = prometheus.read(
            answer(*(self.bucket(le, (T, value)) for le, value in series)), histogram=True
        )
        assert any(said in one.reason for one in batch.rejected)

    def test_a_time_that_lacks_an_edge_is_not_believed(self):
        body = answer(self.bucket("0.1", (T, "1")), self.bucket("+Inf", (T, "2"), (T + 60, "3")))
        batch = prometheus.read(body, histogram=True)
        assert batch.histograms[0].times == [T]
        assert "not all buckets" in batch.rejected[0].reason

    def test_a_rate_over_nothing_is_absent(self):
        body = answer(self.bucket("0.1", (T, "NaN")), self.bucket("+Inf", (T, "NaN")))
        assert prometheus.read(body, histogram=True).histograms == []

    def test_a_plain_series_among_histograms(self):
        batch = prometheus.read(answer(one((T, "1"))), histogram=True)
        assert "needs `le`" in batch.rejected[0].reason

    def test_families_are_kept_apart(self):
        body = answer(
            *(self.bucket(le, (T, "1"), host=host) for le in ("1", "+Inf") for host in "ab")
        )
        found = prometheus.read(body, histogram=True).histograms
        assert sorted(track.labels["host"] for track in found) == ["a", "b"]


class TestTable:
    def read(self, text, **options):
        body = text if isinstance(text, bytes) else text.encode()
        return table.read(body, **{"metric": "cpu", **options})

    def track(self, text, **options):
        return self.read(text, **options).batches["cpu"].tracks[0]

    def test_a_file(self):
        found = self.read("ts,value\n2026-03-01T12:00:00Z,1.5\n2026-03-01T12:01:00Z,\n")
        track = found.batches["cpu"].tracks[0]
        assert track.values == [1.5, None]
        assert track.states == [State.OK, State.MISSING]
        assert found.rows == 2
        assert found.rejected == []

    @pytest.mark.parametrize(("sign", "word"), [(",", "comma"), (";", "semicolon"), ("\t", "tab")])
    def test_the_delimiter_is_found_and_said(self, sign, word):
        found = self.read(f"ts{sign}value\r\n2026-03-01T12:00:00Z{sign}1\r\n")
        assert word in found.notes[0]
        assert found.batches["cpu"].tracks[0].values == [1.0]

    def test_bom_blank_lines_quotes_and_spaces_in_the_head(self):
        text = '\ufeffts , value,label.host\n\n"2026-03-01T12:00:00Z",1,"a,b"\n\n'
        assert self.track(text).labels == {"host": "a,b"}

    def test_labels_sizes_units_and_metrics(self):
        text = (
            "metric,ts,value,unit,n,label.host,label.zone\n"
            "cpu,2026-03-01T12:00:00Z,1,ratio,50,a,\n"
            "mem,2026-03-01T12:00:00Z,2,,,b,z\n"
        )
        found = self.read(text, metric=None, units={"cpu": "ratio", "mem": "bytes"})
        assert found.batches["cpu"].tracks[0].sizes == [50]
        assert found.batches["cpu"].tracks[0].labels == {"host": "a"}
        assert found.batches["mem"].tracks[0].labels == {"host": "b", "zone": "z"}
        assert found.units == {"ratio"}

    def test_the_last_of_two_rows_wins_and_the_other_is_listed(self):
        text = "ts,value\n2026-03-01T12:00:00Z,1\n2026-03-01T13:00:00+01:00,2\n"
        found = self.read(text)
        assert found.batches["cpu"].tracks[0].values == [2.0]
        assert found.repeated == [2]

    @pytest.mark.parametrize(
        ("row", "column", "said"),
        [
            ("2026-03-01T12:00:00Z", "", "1 cells under 5 columns"),
            ("2026-03-01T12:00:00Z,1,,,a,b", "", "6 cells"),
            ("2026-03-01T12:00:00,1,,,a", "ts", "offset"),
            (",1,,,a", "ts", "not a time"),
            ('2026-03-01T12:00:00Z,"1,5",,,a', "value", "decimal mark"),
            ("2026-03-01T12:00:00Z,1_000,,,a", "value", "thousands"),
            ("2026-03-01T12:00:00Z,１２,,,a", "value", "not a number"),
            ("2026-03-01T12:00:00Z,=A1,,,a", "value", "formula"),
            ("2026-03-01T12:00:00Z,1,bytes,,a", "unit", "kept in"),
            ("2026-03-01T12:00:00Z,1,,-5,a", "n", "count"),
            ("2026-03-01T12:00:00Z,1,,٣,a", "n", "count"),
            ("2026-03-01T12:00:00Z,1,,,a\x01", "label", "unclean"),
            ("2026-03-01T12:00:00Z,1,,," + "a" * 600, "label", "longer"),
            ("2026-03-01T12:00:00Z,1,,," + "a" * 2000, "label.host", "characters"),
        ],
    )
    def test_a_row_that_is_rejected_has_its_line_column_and_reason(self, row, column, said):
        text = f"ts,value,unit,n,label.host\n2026-03-01T11:00:00Z,1,,,a\n{row}\n"
        found = self.read(text, units={"cpu": "ratio"})
        assert [(one.row, one.column) for one in found.rejected] == [(3, column)]
        assert said in found.rejected[0].reason
        assert len(found.batches["cpu"].tracks[0]) == 1  # the good row is in

    def test_rows_that_name_another_metric(self):
        text = "metric,ts,value\nmem,2026-03-01T12:00:00Z,1\n,2026-03-01T12:00:00Z,1\n"
        found = self.read(text)
        assert "is for cpu" in found.rejected[0].reason
        assert len(found.batches["cpu"].tracks[0]) == 1
        unknown = self.read(text, metric=None, units={"cpu": ""})
        assert ["not a metric" in r.reason or "names no" in r.reason for r in unknown.rejected] == [
            True,
            True,
        ]

    def test_a_row_over_several_lines_is_counted_from_its_first(self):
        text = 'ts,value,label.a\n2026-03-01T12:00:00Z,1,"two\nlines"\nbad,1,x\n'
        assert [one.row for one in self.read(text).rejected] == [2, 4]

    def test_daylight_saving(self):
        text = "ts,value\n2026-10-25 02:30,1\n2026-03-29 02:30,1\n2026-10-25 03:30,1\n"
        found = self.read(text, zone=ZoneInfo("Europe/Berlin"))
        assert [one.row for one in found.rejected] == [2, 3]
        assert "Europe/Berlin" in found.notes[1]

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"", "empty"),
            (b"\n\n  \n", "empty"),
            (b"PK\x03\x04xxxx", "spreadsheet"),
            (gzip.compress(b"ts,value\n", mtime=0), "compressed"),
            ("ts,value\n".encode("utf-16"), "UTF-16"),
            ("ts,value\n2026,ü\n".encode("cp1252"), "line 2"),
            (b"ts,value\n2026-03-01T12:00:00Z,\x00\n", "NUL byte (line 2)"),
            (b"time,value\n", "no column “ts”"),
            (b"ts,val\n", "no column “value”"),
            (b"ts,value,value\n", "twice"),
            (b"ts,value,colour\n", "colour"),
            (b"ts,value,label.\n", "label"),
            (b"ts,value," + b"label.a," * 1_000 + b"n\n", "head"),
            (b"ts,value" + b",label.x" * 50 + b"\n", "52 columns"),
            (b'ts,value\n2026-03-01T12:00:00Z,"1' + b"x" * 200_000, "line 2"),
            (b'ts,value\n2026-03-01T12:00:00Z,"1"2\n', "line 2"),
        ],
    )
    def test_a_file_that_is_unusable(self, body, said):
        with pytest.raises(Unusable) as refused:
            table.read(body, metric="cpu")
        assert said in str(refused.value)

    def test_a_file_too_large(self, monkeypatch):
        monkeypatch.setattr(table, "MOST_BYTES", 5)
        with pytest.raises(Unusable, match="bytes"):
            self.read("ts,value\n")

    def test_a_file_without_metrics_needs_one(self):
        with pytest.raises(Unusable, match="which metric"):
            self.read("ts,value\n", metric=None)

    @given(st.text(max_size=200))
    def test_no_text_breaks_it(self, text):
        try:
            found = self.read("ts,value,label.a\n" + text)
        except Unusable as said:
            assert str(said)
        else:
            taken = sum(len(track) for b in found.batches.values() for track in b.tracks)
            assert taken + len(found.repeated) + len(found.rejected) == found.rows


class TestMapping:
    HOW = {"rows": "data[*]", "ts": "at", "value": "v", "labels": {"host": "h.name"}}

    def read(self, *items, **changes):
        body = json.dumps({"data": list(items)}).encode()
        return mapping.read(body, Mapping.of(self.HOW | changes))

    def test_rows_of_any_shape(self):
        batch = self.read(
            {"at": "2026-03-01T12:00:00Z", "v": 1, "h": {"name": "a"}},
            {"at": "2026-03-01T12:01:00Z", "v": "2.5", "h": {"name": "a"}},
            {"at": "2026-03-01T12:02:00Z", "v": None, "h": {"name": "a"}},
            {"at": "2026-03-01T12:02:00Z", "v": 10**400, "h": {"name": "b"}},
        )
        assert batch.tracks[0].values == [1.0, 2.5, None]
        assert batch.tracks[0].states == [State.OK, State.OK, State.MISSING]
        assert batch.tracks[1].states == [State.POSITIVE_INFINITY]

    def test_epochs(self):
        batch = self.read({"at": T * 1000, "v": 1, "h": {"name": "a"}}, form="epoch_ms")
        assert batch.tracks[0].times == [T]

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            ({"v": 1, "h": {"name": "a"}}, "ts"),
            ({"at": True, "v": 1, "h": {"name": "a"}}, "ts"),
            ({"at": T, "v": 1, "h": {"name": "a"}}, "ts"),
            ({"at": "2026-03-01T12:00:00Z", "v": True, "h": {"name": "a"}}, "value"),
            ({"at": "2026-03-01T12:00:00Z", "v": [1], "h": {"name": "a"}}, "value"),
            ({"at": "2026-03-01T12:00:00Z", "v": "1,5", "h": {"name": "a"}}, "value"),
            ({"at": "2026-03-01T12:00:00Z", "v": 1}, "labels"),
            ({"at": "2026-03-01T12:00:00Z", "v": 1, "h": {"name": "\x00"}}, "labels"),
            ("not an object", "ts"),
        ],
    )
    def test_a_bad_row_is_rejected_alone(self, row, column):
        good = {"at": "2026-03-01T12:00:00Z", "v": 1, "h": {"name": "a"}}
        batch = self.read(good, row)
        assert [(one.row, one.column) for one in batch.rejected] == [(2, column)]
        assert len(batch.tracks) == 1

    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ([], "object"),
            ({"rows": "a", "ts": "b"}, "value"),
            ({"rows": "a[", "ts": "b", "value": "c"}, "JMESPath"),
            ({"rows": "a", "ts": "b", "value": "c", "labels": []}, "labels"),
            ({"rows": "a", "ts": "b", "value": "c", "form": "guess"}, "time format"),
            ({"rows": "a", "ts": "b", "value": "c", "colour": "x"}, "colour"),
        ],
    )
    def test_a_mapping_that_cannot_work(self, how, said):
        with pytest.raises(ValueError, match=said):
            Mapping.of(how)

    @pytest.mark.parametrize(
        ("rows_at", "said"),
        [("nothing", "finds nothing"), ("data[0]", "no list"), ("sort(data)", "sort")],
    )
    def test_an_answer_the_mapping_does_not_fit(self, rows_at, said):
        with pytest.raises(Unusable, match=said):
            self.read({"at": 1, "v": 2}, rows=rows_at)

    def test_too_many_rows(self, monkeypatch):
        monkeypatch.setattr(mapping, "MOST_ROWS", 1)
        with pytest.raises(Unusable, match="2 rows"):
            self.read({}, {})


class TestRows:
    AT = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def test_samples(self):
        batch = rows.read(
            ["ts", "value", "host"],
            [
                (self.AT, 1, "a"),
                (self.AT.replace(tzinfo=None), Decimal("2.5"), None),
                (self.AT, None, "b"),
                (self.AT, math.nan, "c"),
            ],
        )
        found = {track.labels.get("host", ""): track for track in batch.tracks}
        assert found["a"].values == [1.0]
        assert found[""].values == [2.5]
        assert found["b"].states == [State.MISSING]
        assert found["c"].states == [State.NAN]

    def test_bad_rows(self):
        batch = rows.read(
            ["ts", "value", "host"],
            [("x", 1, ""), (self.AT, "1", ""), (self.AT, 1, "\x00"), (datetime.max, 1, "")],
        )
        assert [one.column for one in batch.rejected] == ["ts", "value", "labels", "ts"]

    @pytest.mark.parametrize("columns", [["at", "value"], ["ts"], ["ts", "value", "value"]])
    def test_columns_that_are_not_there(self, columns):
        with pytest.raises(Unusable, match="column"):
            rows.read(columns, [])

    def test_histograms(self):
        batch = rows.read_histograms(
            ["ts", "counts", "sum"],
            [
                (self.AT, [1, 2, 3], 4.5),
                (self.AT, [1, 2], 1),
                (self.AT, [1, None, 3], 1),
                (self.AT, [1, -2, 3], 1),
                ("x", [1, 2, 3], 1),
            ],
            (0.1, 0.2),
        )
        assert batch.histograms[0].counts == [[1.0, 2.0, 3.0]]
        assert batch.histograms[0].sums == [4.5]
        assert [one.row for one in batch.rejected] == [2, 3, 4, 5]


class TestPush:
    GOOD = {"ts": "2026-03-01T12:00:00Z", "value": 1.5, "labels": {"a": "b"}, "n": 3}

    def test_points(self):
        batch = push.read([self.GOOD, self.GOOD | {"ts": "2026-03-01T12:01:00Z", "value": None}])
        assert batch.tracks[0].values == [1.5, None]
        assert batch.tracks[0].sizes == [3, 3]
        assert batch.tracks[0].states == [State.OK, State.MISSING]

    @pytest.mark.parametrize(
        ("change", "column"),
        [
            ({"ts": 5}, "ts"),
            ({"ts": "2026-03-01T12:00:00"}, "ts"),
            ({"value": True}, "value"),
            ({"value": "1,5"}, "value"),
            ({"value": 10**400}, "value"),
            ({"value": []}, "value"),
            ({"labels": []}, "labels"),
            ({"labels": {"a": 1}}, "labels"),
            ({"n": -1}, "n"),
            ({"n": 1.5}, "n"),
            ({"colour": 1}, "colour"),
        ],
    )
    def test_a_bad_point_is_rejected_by_its_place(self, change, column):
        batch = push.read([self.GOOD, self.GOOD | change])
        assert [(one.row, one.column) for one in batch.rejected] == [(2, column)]

    def test_what_is_no_point(self):
        assert push.read(["x", {"ts": "2026-03-01T12:00:00Z"}]).rejected[1].column == "value"


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.floats(0, 9), st.just(0), st.none(), st.integers()),
        min_size=1,
    )
)
def test_settling_keeps_the_last_of_each_time(points):
    track, replaced = settle({}, points)
    assert track.times == sorted({point[0] for point in points})
    assert len(track) + len(replaced) == len(points)
    for at, value in zip(track.times, track.values, strict=True):
        assert value == [point[1] for point in points if point[0] == at][-1]
