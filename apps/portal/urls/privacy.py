"""What we know of people."""

from django.urls import path

from apps.portal.views import privacy

urlpatterns = [
    path("privacy/<slug:whose>/<int:pk>/", privacy.privacy, name="privacy"),
    path("privacy/<slug:whose>/<int:pk>/take-out/", privacy.take_out, name="privacy-take-out"),
    path("privacy/<slug:whose>/<int:pk>/erase/", privacy.ask_erasure, name="privacy-erase"),
    path("privacy/<slug:whose>/<int:pk>/hold/", privacy.hold, name="privacy-hold"),
    path("privacy/takeouts/<uuid:pk>/", privacy.fetch, name="privacy-fetch"),
    path("privacy/erasures/<int:pk>/approve/", privacy.approve, name="privacy-approve"),
    path("privacy/erasures/<int:pk>/refuse/", privacy.refuse, name="privacy-refuse"),
    path("privacy/holds/<int:pk>/lift/", privacy.lift, name="privacy-lift"),
]
