"""Actions and decisions."""

from django.urls import path

from apps.portal.views import actions

urlpatterns = [
    path("actions/", actions.actions, name="actions"),
    path("actions/new/", actions.new, name="action-new"),
    path("actions/<int:pk>/", actions.action, name="action"),
    path("actions/<int:pk>/finish/", actions.finish, name="action-finish"),
    path("actions/<int:pk>/reopen/", actions.reopen, name="action-reopen"),
    path("actions/<int:pk>/carry/", actions.carry, name="action-carry"),
    path("actions/<int:pk>/drop/", actions.drop, name="action-drop"),
    path("actions/<int:pk>/hand-to/", actions.hand_to, name="action-hand-to"),
    path("actions/decisions/", actions.decisions, name="decisions"),
    path("actions/decisions/ask/", actions.ask, name="decision-ask"),
    path("actions/decisions/<int:pk>/", actions.decision, name="decision"),
    path("actions/decisions/<int:pk>/reopen/", actions.reopen_decision, name="decision-reopen"),
]
