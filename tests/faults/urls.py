"""The portal's doors and one more, under /api/ so that it passes what programs pass."""

from django.urls import include, path

from tests.faults import door

urlpatterns = [
    path("api/faults/work/", door.work),
    path("", include("config.urls")),
]
handler500 = "config.edge.failed"
