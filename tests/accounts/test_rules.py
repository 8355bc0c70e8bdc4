"""Who may do what."""

import pytest

from apps.accounts.choices import Role
from apps.accounts.rules import MATRIX, permissions_of


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        ("support", "tickets.reply", True),
        ("support", "tickets.import", False),
        ("support_lead", "tickets.import", True),
        ("product", "tickets.reply", False),
        ("product", "tickets.note", True),
        ("leadership", "sla.publish", True),
        ("leadership", "tickets.note", False),
        ("on_call", "metrics.import", True),
        ("on_call", "metrics.change", False),
        ("communications", "tickets.read", True),
        ("administrator", "customers.erase", True),
    ],
)
def test_a_role_may(role, permission, allowed):
    assert (permission in permissions_of(frozenset({role}))) is allowed


def test_roles_add_up():
    both = permissions_of(frozenset({"support", "on_call"}))
    assert both == permissions_of(frozenset({"support"})) | permissions_of(frozenset({"on_call"}))


def test_nobody_may_nothing():
    assert permissions_of(frozenset()) == frozenset()


def test_the_matrix_speaks_of_roles_that_exist():
    assert set().union(*MATRIX.values()) <= set(Role.values)
