"""The first page, and the numbers of the rail."""

from django.urls import path

from apps.portal.views import start

urlpatterns = [
    path("", start.today, name="today"),
    path("counts/", start.counts, name="counts"),
]
