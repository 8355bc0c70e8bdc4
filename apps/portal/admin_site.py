"""Django's admin in the portal's clothes."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """The admin: for nouns you set up; verbs are in the portal."""

    default_site = "apps.portal.admin_door.Site"
