"""Figures and what was frozen of them."""

from django.urls import path, re_path

from apps.portal.views import figures

urlpatterns = [
    path("figures/", figures.figures, name="figures"),
    path("figures/snapshots/", figures.snapshots, name="snapshots"),
    path("figures/snapshots/take/", figures.take, name="snapshot-take"),
    path("figures/snapshots/<uuid:pk>/", figures.snapshot, name="snapshot"),
    re_path(r"^figures/(?P<key>[a-z0-9_.-]{1,100})/$", figures.figure, name="figure"),
]
