"""What a person sets for themselves."""

import re
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import ApiToken


def test_how_a_person_sees_the_portal(as_ada, ada):
    data = {
        "name": "Ada King",
        "timezone": "Europe/Berlin",
        "theme": "dark",
        "density": "compact",
        "after_send": "stay",
    }
    html = as_ada.post(reverse("portal:settings"), data, follow=True).content.decode()
    assert "Saved." in html
    assert 'data-theme="dark" data-density="compact"' in html
    assert "data-shortcuts" not in html
    ada.refresh_from_db()
    assert (ada.name, ada.timezone, ada.shortcuts) == ("Ada King", "Europe/Berlin", False)


def test_a_zone_nobody_knows_is_refused_and_the_rest_is_kept(as_ada, ada):
    data = {"name": "Ada King", "timezone": "Moon/Base", "theme": "dark", "density": "compact"}
    answer = as_ada.post(reverse("portal:settings"), data)
    assert answer.status_code == 422
    assert 'value="Ada King"' in answer.content.decode()
    ada.refresh_from_db()
    assert ada.name == "Ada Lovelace"


def test_a_token_is_shown_once_and_revoked(as_ada, ada):
    page = reverse("portal:tokens")
    data = {"name": "Nightly export", "days": "30", "scopes": ["tickets.read"]}
    html = as_ada.post(page, data).content.decode()
    secret = re.search(r"al_[\w-]{20,}", html)[0]
    token = ApiToken.objects.get(digest=ApiToken.digest_of(secret))
    assert token.scopes == ["tickets.read"]
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    assert secret not in as_ada.get(page).content.decode()
    as_ada.post(reverse("portal:token-revoke", args=[token.pk]))
    token.refresh_from_db()
    assert not token.usable(at=timezone.now())
    assert "revoked" in as_ada.get(page).content.decode()


def test_a_token_gives_nothing_its_owner_may_not(as_cora):
    data = {"name": "Wide", "days": "30", "scopes": ["tickets.reply"]}
    answer = as_cora.post(reverse("portal:tokens"), data)
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_nobody_revokes_the_token_of_another(as_sol, ada):
    token, _ = ApiToken.issue(ada, "Mine", expires_at=timezone.now() + timedelta(days=1))
    assert as_sol.post(reverse("portal:token-revoke", args=[token.pk])).status_code == 404


def test_sessions_are_listed_and_ended(ada, sol):
    ada.set_password("correct horse battery")
    ada.save()
    here, there = Client(), Client()
    for browser in (here, there):
        data = {"login": "ada@demo.test", "password": "correct horse battery"}
        assert browser.post(reverse("account_login"), data).status_code == 302
        browser.get("/")
    html = here.get(reverse("portal:sessions")).content.decode()
    assert "this one" in html
    assert html.count('/end/"') == 1
    theirs = UserSession.objects.exclude(session_key=here.session.session_key).get(user=ada)
    here.post(reverse("portal:session-end", args=[theirs.pk]))
    assert there.get("/").status_code == 302
    stranger = Client()
    stranger.force_login(sol)
    mine = UserSession.objects.get(user=ada)
    assert stranger.post(reverse("portal:session-end", args=[mine.pk])).status_code == 404


def test_all_other_sessions_end_at_once(ada):
    ada.set_password("correct horse battery")
    ada.save()
    browsers = [Client() for _ in range(3)]
    for browser in browsers:
        data = {"login": "ada@demo.test", "password": "correct horse battery"}
        browser.post(reverse("account_login"), data)
        browser.get("/")
    browsers[0].post(reverse("portal:sessions-end-others"))
    assert [browser.get("/").status_code for browser in browsers] == [200, 302, 302]
