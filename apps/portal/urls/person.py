"""What a person sets for themselves."""

from django.urls import path

from apps.portal.views import person

urlpatterns = [
    path("settings/", person.settings, name="settings"),
    path("settings/keys/", person.keys, name="settings-keys"),
    path("settings/sessions/", person.sessions, name="sessions"),
    path("settings/sessions/<int:pk>/end/", person.end_session, name="session-end"),
    path("settings/sessions/end-others/", person.end_other_sessions, name="sessions-end-others"),
    path("settings/tokens/", person.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", person.revoke_token, name="token-revoke"),
]
