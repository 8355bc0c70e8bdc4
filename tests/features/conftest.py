"""Two customers who ask for the same, and somebody who writes that down."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.features.models import FeatureRequest
from apps.tickets.models import Ticket
from tests import make
from tests.make import NOW


def after(minutes: float):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def mira(db):
    """Mira asks; her company pays well."""
    acme = make.customer("Acme", tier="enterprise", plan="Gold", arr=Decimal("40000"))
    return make.contact("Mira Köhler", customer=acme, email="mira@acme.test")


@pytest.fixture
def nils(db):
    globex = make.customer("Globex", tier="standard", arr=Decimal("2000"))
    return make.contact("Nils Berg", customer=globex, email="nils@globex.test")


@pytest.fixture
def hers(mira) -> Ticket:
    return Ticket.objects.report(
        subject="Export to Excel", body="We need it as xlsx.", contact=mira, at=NOW
    )


@pytest.fixture
def his(nils) -> Ticket:
    return Ticket.objects.report(
        subject="Spreadsheet please", body="CSV is not enough.", contact=nils, at=after(1)
    )


@pytest.fixture
def excel(pia) -> FeatureRequest:
    """Nobody asked for it yet."""
    return FeatureRequest.objects.open(
        "Export to Excel", problem="CSV loses formats.", terms=["xlsx"], by=pia, at=after(2)
    )


@pytest.fixture
def asked(excel, hers, his, ada) -> FeatureRequest:
    """Both ask for it."""
    excel.add_insight(hers, importance=3, snippet="as xlsx", by=ada, at=after(3))
    excel.add_insight(his, importance=1, by=ada, at=after(4))
    excel.refresh_from_db()
    return excel
