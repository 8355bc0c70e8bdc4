"""Finding anything."""

from django.urls import path

from apps.portal.views import search

urlpatterns = [
    path("search/", search.results, name="search"),
    path("search/palette/", search.palette, name="palette"),
]
