"""What every story about tickets needs."""

import pytest

from tests import make


@pytest.fixture
def mira(db):
    """Mira at Acme waits for an answer."""
    acme = make.customer("Acme GmbH", tier="business", domain="acme.test")
    return make.contact("Mira Köhler", email="mira@acme.test", customer=acme)
