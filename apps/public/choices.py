"""The words of this app."""

from django.db.models import TextChoices


class HookKind(TextChoices):
    """What another program tells us."""

    ALERTMANAGER = "alertmanager", "Alertmanager"
    ALERTS = "alerts", "Alerts of another kind"
    DEPLOYMENTS = "deployments", "Deployments"
    MAIL = "mail", "Mail"
