"""How people are asked for."""

from functools import cache
from typing import Any

from django.contrib.auth.base_user import BaseUserManager
from django.db import models

from apps.statements.statement import Given, Statement


class UserQuerySet(models.QuerySet):
    """People who sign in."""

    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def holding(self, *roles: str) -> "UserQuerySet":
        """Active people with any of these roles."""
        return self.active().filter(roles__overlap=list(roles))

    def by_name(self) -> "UserQuerySet":
        return self.order_by("name", "pk")


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes users; the e-mail address is the sign-in name."""

    def behind(self, pk: Any) -> Any:
        """Whoever a session names; asked on every request."""
        row = _person(self.model).row(pk=pk)
        names = [field.attname for field in self.model._meta.concrete_fields]
        return None if row is None else self.model.from_db(self.db, names, row)

    def create_user(self, email: str, password: str | None = None, **fields):
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields):
        fields.setdefault("roles", ["administrator"])
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def placeholder(self, email: str):
        """An inactive stand-in for somebody an import names and nobody has set up."""
        email = email.strip().lower()
        return self.get_or_create(
            email=email, defaults={"name": email.partition("@")[0], "is_active": False}
        )[0]


@cache
def _person(model: type[models.Model]) -> Statement:
    return Statement.of(model._base_manager.filter(pk=Given("pk")))
