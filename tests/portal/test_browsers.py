"""Sessions are known by a browser and a system, not by what a browser says of itself."""

import pytest
from allauth.usersessions.models import UserSession
from django.urls import reverse

from apps.portal.browsers import named

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
SAID = {
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36": "Chrome on Linux",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0": (
        "Edge on Windows"
    ),
    "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Windows",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/26.0 Safari/605.1.15": (
        "Safari on macOS"
    ),
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) {WEBKIT} CriOS/140.0 Safari/604.1": (
        "Chrome on iPhone"
    ),
    f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/140.0 Mobile Safari/537.36": (
        "Chrome on Android"
    ),
    f"Mozilla/5.0 (X11; CrOS x86_64) {WEBKIT} Chrome/140.0 Safari/537.36": "Chrome on ChromeOS",
    "Firefox/1.0": "Firefox",
    "curl/8.5.0": "curl",
    "python-httpx/0.28 something": "python-httpx",
    "": "an unknown browser",
}


@pytest.mark.parametrize(("said", "shown"), SAID.items())
def test_a_browser_has_a_name(said, shown):
    assert named(said) == shown


def test_the_page_shows_the_name_and_keeps_the_rest_for_who_asks(as_ada, ada):
    agent, key = next(iter(SAID)), as_ada.session.session_key
    UserSession.objects.update_or_create(
        session_key=key, defaults={"user": ada, "ip": "127.0.0.1", "user_agent": agent}
    )
    shown = as_ada.get(reverse("portal:sessions")).content.decode()
    assert ">Chrome on Linux<" in shown and f'title="{agent}"' in shown
