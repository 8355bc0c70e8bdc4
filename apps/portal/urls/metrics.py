"""What we measure, and how well it comes in."""

from django.urls import path, re_path

from apps.portal.views import data_health, metrics

KEY = r"(?P<key>[a-z][a-z0-9_.]{0,119})"

urlpatterns = [
    path("metrics/", metrics.metrics, name="metrics"),
    re_path(rf"^metrics/{KEY}/$", metrics.metric, name="metric"),
    re_path(rf"^metrics/{KEY}/thresholds/$", metrics.keep_threshold, name="threshold-keep"),
    re_path(rf"^metrics/{KEY}/notes/$", metrics.note, name="marker-note"),
    path("data-health/", data_health.data_health, name="data-health"),
    path("data-health/upload/", data_health.upload, name="samples-upload"),
    path("data-health/upload/take/", data_health.take, name="samples-take"),
    path("data-health/runs/<int:pk>/", data_health.run, name="run"),
    path("data-health/runs/<int:pk>/undo/", data_health.undo_run, name="run-undo"),
    path("data-health/sources/<slug:name>/", data_health.source, name="source"),
    path("data-health/sources/<slug:name>/fetch/", data_health.fetch, name="source-fetch"),
    path(
        "data-health/sources/<slug:name>/backfill/",
        data_health.start_backfill,
        name="source-backfill",
    ),
]
