"""The addresses of this door."""

from django.urls import path, re_path

from .choices import HookKind
from .views import hooks, probes

KINDS = "|".join(HookKind.values)

app_name = "public"
urlpatterns = [
    path("healthz/live", probes.live, name="live"),
    path("healthz/ready", probes.ready, name="ready"),
    path("metrics", probes.metrics, name="metrics"),
    re_path(rf"^hooks/(?P<kind>{KINDS})/(?P<token>[A-Za-z0-9_-]+)/$", hooks.hook, name="hook"),
]
