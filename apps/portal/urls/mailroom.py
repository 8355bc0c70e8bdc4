"""Mail that arrived, and what is decided about its senders."""

from django.urls import path

from apps.portal.views import mailroom

urlpatterns = [
    path("mailroom/", mailroom.mails, name="mailroom"),
    path("mailroom/all/", mailroom.bulk, name="mailroom-all"),
    path("mailroom/senders/", mailroom.senders, name="mailroom-senders"),
    path("mailroom/senders/<int:pk>/drop/", mailroom.drop_sender, name="mailroom-sender-drop"),
    path("mailroom/stopped/<int:pk>/let-go/", mailroom.let_go, name="mailroom-let-go"),
    path("mailroom/<int:pk>/", mailroom.mail, name="mailroom-mail"),
    path("mailroom/<int:pk>/raw/", mailroom.raw, name="mailroom-raw"),
    path("mailroom/<int:pk>/release/", mailroom.release, name="mailroom-release"),
    path("mailroom/<int:pk>/discard/", mailroom.discard, name="mailroom-discard"),
    path("mailroom/<int:pk>/retry/", mailroom.retry, name="mailroom-retry"),
    path("mailroom/<int:pk>/sender/", mailroom.decide, name="mailroom-sender"),
]
