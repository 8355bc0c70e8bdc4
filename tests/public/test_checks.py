"""What must be right before the world is let in."""

import pytest

from apps.public.checks import hosts_are_named, public_address_is_encrypted, secret_is_ours

GOOD = {
    "DEMO": False,
    "SECRET_KEY": "kF3-" * 16,
    "PUBLIC_URL": "https://portal.example.com",
    "ALLOWED_HOSTS": ["portal.example.com"],
}
CHECKS = (secret_is_ours, public_address_is_encrypted, hosts_are_named)


def found(settings, **changes) -> list[str]:
    for name, value in (GOOD | changes).items():
        setattr(settings, name, value)
    return [message.id for check in CHECKS for message in check(None)]


def test_a_sane_portal_has_nothing_to_hear(settings):
    assert found(settings) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SECRET_KEY": "short"}, "public.E001"),
        ({"SECRET_KEY": "demo-only-" + "x" * 50}, "public.E001"),
        ({"SECRET_KEY": "django-insecure-" + "x" * 50}, "public.E001"),
        ({"PUBLIC_URL": "http://portal.example.com"}, "public.E002"),
        ({"PUBLIC_URL": "https://"}, "public.E002"),
        ({"ALLOWED_HOSTS": ["*"]}, "public.E003"),
        ({"ALLOWED_HOSTS": []}, "public.E003"),
        ({"ALLOWED_HOSTS": ["portal.example.com", ".com"]}, "public.E003"),
        ({"ALLOWED_HOSTS": ["other.example.com"]}, "public.E004"),
    ],
)
def test_what_is_refused(settings, changes, expected):
    assert expected in found(settings, **changes)


def test_a_demo_is_let_off(settings):
    wrong = {"SECRET_KEY": "x", "PUBLIC_URL": "http://localhost:8000", "ALLOWED_HOSTS": ["*"]}
    assert found(settings, DEMO=True, **wrong) == []
