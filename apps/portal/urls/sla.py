"""Promises."""

from django.urls import path

from apps.portal.views.sla import verbs

urlpatterns = [
    path("tickets/<int:pk>/clocks/<slug:kind>/<int:cycle>/waive/", verbs.waive, name="sla-waive"),
]
