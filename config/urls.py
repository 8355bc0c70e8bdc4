"""The doors of the house, one line each."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/", include("apps.api.urls")),
    path("", include("apps.public.urls")),
    path("", include("apps.portal.urls")),
]

handler500 = "config.edge.failed"
