"""The mails customers get."""

from django.urls import path

from apps.portal.views import mails

urlpatterns = [
    path("mails/", mails.mails, name="mails"),
    path("mails/style.css", mails.sheet, name="mail-sheet"),
    path("mails/<slug:key>/", mails.as_sent, name="mail-as-sent"),
    path("mails/<slug:key>/send/", mails.send, name="mail-send"),
]
