"""Sign-in by allauth; permissions from the roles alone, without a query."""

from allauth.account.auth_backends import AuthenticationBackend

from .models import User


class RoleBackend(AuthenticationBackend):
    """Answers `has_perm` from the permission matrix."""

    def get_user(self, user_id):
        person = User.objects.behind(user_id)
        return person if person is not None and self.user_can_authenticate(person) else None

    def get_all_permissions(self, user_obj, obj=None):
        return set(user_obj.permissions) if hasattr(user_obj, "permissions") else set()

    def has_perm(self, user_obj, perm, obj=None):
        return perm in self.get_all_permissions(user_obj)

    def has_module_perms(self, user_obj, app_label):
        return any(p.startswith(f"{app_label}.") for p in self.get_all_permissions(user_obj))
