"""Reports."""

from django.urls import path

from apps.portal.views import reports

urlpatterns = [
    path("insight/support/", reports.report, name="support-report"),
    path("insight/support/now/", reports.now, name="support-now"),
    path("insight/support/keep/", reports.keep, name="support-keep"),
    path("insight/support/subscribe/", reports.subscribe, name="support-subscribe"),
    path("insight/support/unsubscribe/", reports.unsubscribe, name="support-unsubscribe"),
    path("insight/support/<slug:key>.csv", reports.table, name="support-table"),
    path("insight/support/<uuid:pk>/", reports.kept, name="support-kept"),
    path("insight/support/<uuid:pk>/<slug:key>.csv", reports.kept_table, name="support-kept-table"),
]
