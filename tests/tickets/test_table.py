"""A CSV row of tickets as JSON would tell it."""

import pytest

from apps.customers.importers.reading import Malformed, Unusable
from apps.tickets.importers.table import check_head, unfold


@pytest.mark.parametrize(
    "cells, told",
    [
        (
            {"subject": " Export ", "priority": " high "},
            {"subject": " Export ", "priority": "high"},
        ),
        ({"subject": "x", "priority": " "}, {"subject": "x"}),
        (
            {"contact.email": "m@a.b", "contact_name": "M"},
            {"contact": {"email": "m@a.b", "name": "M"}},
        ),
        ({"tags": "vip; export,,"}, {"tags": ["vip", " export"]}),
        ({"answered_in_contact": "Yes"}, {"answered_in_contact": True}),
        ({"answered_in_contact": "0"}, {"answered_in_contact": False}),
        ({"subject": "'=SUM(A1)"}, {"subject": "=SUM(A1)"}),
        ({"subject": "'quoted'"}, {"subject": "'quoted'"}),
        ({"fields.seats": "4", "fields_plan": "big"}, {"fields": {"seats": "4", "plan": "big"}}),
        ({"fields": '{"seats": 4}', "fields.plan": ""}, {"fields": {"seats": 4}}),
        ({"fields": " "}, {"fields": {}}),
    ],
)
def test_a_row_is_told_as_json_would(cells, told):
    assert unfold(cells) == told


@pytest.mark.parametrize(
    "cells, column",
    [
        ({"answered_in_contact": "perhaps"}, "answered_in_contact"),
        ({"fields": "{"}, "fields"),
        ({"fields": "[1]"}, "fields"),
        ({"fields": "[" * 100_000}, "fields"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(cells, column):
    with pytest.raises(Malformed) as refused:
        unfold(cells)
    assert refused.value.column == column


@pytest.mark.parametrize(
    "names, word",
    [
        (["subject", "colour"], "colour"),
        (["subject", "fields."], "fields."),
        (["subject"], "missing"),
    ],
)
def test_a_head_nobody_reads_is_refused(names, word):
    with pytest.raises(Unusable, match=word):
        check_head(names)
