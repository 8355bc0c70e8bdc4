"""The addresses of this door; each file in `resources/` enters itself in the router."""

from importlib import import_module
from pkgutil import iter_modules

from django.urls import include, path, re_path

from . import resources
from .docs import DocsView, SchemaView, nowhere
from .resource import router

for module in iter_modules(resources.__path__):
    import_module(f"{resources.__name__}.{module.name}")

app_name = "api"
urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("v1/", include(router.urls)),
    re_path(r"^(?P<path>.*)$", nowhere),
]
