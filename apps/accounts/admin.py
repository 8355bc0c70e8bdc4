"""People and teams are set up here."""

from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.http import HttpRequest

from .models import ApiToken, Team, User

admin.site.unregister(Group)  # roles are the groups of this house


class NewUserForm(AdminUserCreationForm):
    """A new person, named by e-mail address."""

    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """People, their roles and how they see the portal."""

    add_form = NewUserForm
    list_display = ("name", "email", "roles", "is_active", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("name", "email")
    ordering = ("name",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Here for", {"fields": ("roles", "is_active", "is_staff", "is_superuser")}),
        ("How they see the portal", {"fields": ("timezone", "theme", "density", "shortcuts")}),
        ("Seen", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)
    readonly_fields = ("last_login", "created_at")
    actions = ["end_sessions"]

    @admin.action(description="Sign them out everywhere")
    def end_sessions(self, request: HttpRequest, chosen) -> None:
        ended = list(UserSession.objects.filter(user__in=chosen))
        for session in ended:
            session.end()
        messages.success(request, f"{len(ended)} sessions have ended.")


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    """Who works together."""

    search_fields = ("name",)
    autocomplete_fields = ("members",)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """Programs' keys; the secret is never shown again."""

    list_display = (
        *("name", "owner", "prefix", "expires_at", "last_used_at", "revoked_at"),
        "sent_in_clear_at",
    )
    list_select_related = ("owner",)
    readonly_fields = (
        *("owner", "name", "prefix", "scopes", "created_at", "last_used_at"),
        "sent_in_clear_at",
    )
    exclude = ("digest",)

    def has_add_permission(self, request) -> bool:
        return False
