"""The first page, and the numbers of the rail."""

from django.urls import path

from apps.portal.views import start

urlpatterns = [
    path("", start.start, name="today"),
    path("numbers/", start.numbers, name="today-numbers"),
    path("counts/", start.counts, name="counts"),
]
