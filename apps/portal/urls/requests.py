"""Feature requests."""

from django.urls import path

from apps.portal.views.requests import deciding, insights, reading

urlpatterns = [
    path("feature-requests/", reading.requests, name="requests"),
    path("feature-requests/new/", reading.new, name="request-new"),
    path("feature-requests/<int:pk>/", reading.request, name="request"),
    path("feature-requests/<int:pk>/edit/", reading.edit, name="request-edit"),
    path("feature-requests/<int:pk>/plan/", deciding.plan, name="request-plan"),
    path("feature-requests/<int:pk>/begin/", deciding.begin, name="request-begin"),
    path("feature-requests/<int:pk>/ship/", deciding.ship, name="request-ship"),
    path("feature-requests/<int:pk>/decline/", deciding.decline, name="request-decline"),
    path("feature-requests/<int:pk>/park/", deciding.park, name="request-park"),
    path("feature-requests/<int:pk>/reopen/", deciding.reopen, name="request-reopen"),
    path("feature-requests/<int:pk>/undo/<int:activity>/", deciding.undo, name="request-undo"),
    path("feature-requests/<int:pk>/tell/", deciding.tell_the_rest, name="request-tell"),
    path("feature-requests/<int:pk>/merge/", deciding.merge, name="request-merge"),
    path("feature-requests/<int:pk>/unmerge/", deciding.unmerge, name="request-unmerge"),
    path("insights/<int:pk>/change/", insights.change, name="insight-change"),
    path("insights/<int:pk>/remove/", insights.remove, name="insight-remove"),
    path("insights/<int:pk>/restore/", insights.restore, name="insight-restore"),
    path("tickets/<int:pk>/requests/", insights.add, name="ticket-asks"),
    path("tickets/<int:pk>/requests/new/", insights.add_new, name="ticket-asks-new"),
]
