"""Promises: how they are kept, what they say, and when we work."""

from django.urls import path

from apps.portal.views.sla import calendars, policies, report, trying, verbs

POLICY = "sla/policies/<int:pk>/"
CALENDAR = "sla/calendars/<int:pk>/"

urlpatterns = [
    path("sla/", report.report, name="sla"),
    path("sla/report.csv", report.report_csv, name="sla-report-csv"),
    path("sla/clocks/", report.clocks, name="sla-clocks"),
    path("sla/clocks.csv", report.clocks_csv, name="sla-clocks-csv"),
    path("sla/policies/", policies.policies, name="sla-policies"),
    path("sla/policies/new/", policies.new, name="sla-policy-new"),
    path(POLICY, policies.policy, name="sla-policy"),
    path(f"{POLICY}edit/", policies.edit, name="sla-policy-edit"),
    path(f"{POLICY}try/", policies.try_it, name="sla-policy-try"),
    path(f"{POLICY}discard/", policies.discard, name="sla-policy-discard"),
    path(f"{POLICY}publish/", policies.publish, name="sla-policy-publish"),
    path(f"{POLICY}reapply/", policies.reapply, name="sla-policy-reapply"),
    path(f"{POLICY}retire/", policies.retire, name="sla-policy-retire"),
    path("sla/calendars/", calendars.calendars, name="sla-calendars"),
    path("sla/calendars/new/", calendars.new, name="sla-calendar-new"),
    path(CALENDAR, calendars.calendar, name="sla-calendar"),
    path(f"{CALENDAR}edit/", calendars.edit, name="sla-calendar-edit"),
    path(f"{CALENDAR}day/", calendars.set_day, name="sla-calendar-set-day"),
    path(f"{CALENDAR}drop-day/", calendars.drop_day, name="sla-calendar-drop-day"),
    path(f"{CALENDAR}holidays/", calendars.adopt, name="sla-calendar-adopt"),
    path(f"{CALENDAR}feed/", calendars.feed, name="sla-calendar-feed"),
    path(f"{CALENDAR}try/", calendars.try_it, name="sla-calendar-try"),
    path(f"{CALENDAR}discard/", calendars.discard, name="sla-calendar-discard"),
    path(f"{CALENDAR}publish/", calendars.publish, name="sla-calendar-publish"),
    path("sla/dry-runs/<int:pk>/", trying.result, name="sla-dry-run"),
    path("tickets/<int:pk>/clocks/<slug:kind>/<int:cycle>/waive/", verbs.waive, name="sla-waive"),
    path("tickets/<int:pk>/clocks/<slug:kind>/due/", verbs.set_due, name="sla-set-due"),
    path("tickets/<int:pk>/priority/<slug:priority>/", verbs.ask, name="sla-ask"),
]
