"""What we speak about."""

import pytest
from django.db import IntegrityError

from apps.catalog.models import Component, Product
from tests import make


def test_retired_things_are_offered_no_more(db):
    here, gone = make.product("Here", position=2), make.product("Gone", retired_at=make.NOW)
    first = make.product("First", position=1)
    assert list(Product.objects.current().in_order()) == [first, here]
    assert str(gone) == "Gone"


def test_a_slug_is_taken_once_in_a_product(db):
    export = make.component("Export", slug="export")
    make.component("Export", slug="export")  # of another product
    with pytest.raises(IntegrityError):
        Component.objects.create(name="Again", slug="export", product=export.product)


@pytest.mark.parametrize("noun", ["product", "component", "capability"])
def test_the_admin_sets_them_up(as_admin, noun):
    make.component()
    assert as_admin.get(f"/admin/catalog/{noun}/").status_code == 200
    assert as_admin.get(f"/admin/catalog/{noun}/add/").status_code == 200
