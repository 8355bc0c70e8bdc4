"""Records of this app."""

import hashlib
import secrets
import zoneinfo
from datetime import datetime
from functools import cached_property

import pghistory
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from .choices import AfterSend, Density, Role, Theme
from .querysets import UserManager
from .rules import permissions_of


def known_timezone(name: str) -> None:
    """An IANA zone the machine knows."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("That is not a time zone.")


@pghistory.track(exclude=["password", "last_login", "keys", "after_send", "suggest_thanks"])
class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role.choices), default=list, blank=True
    )
    timezone = models.CharField(max_length=64, default="UTC", validators=[known_timezone])
    theme = models.CharField(max_length=10, choices=Theme.choices, default=Theme.AUTO)
    density = models.CharField(max_length=12, choices=Density.choices, default=Density.COMFORTABLE)
    shortcuts = models.BooleanField("single-key shortcuts", default=True)
    keys = models.JSONField(  # key of the table → the one that was chosen
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True, editable=False
    )
    after_send = models.CharField(
        "after sending",
        max_length=4,
        choices=AfterSend.choices,
        default=AfterSend.NEXT,
        db_default=AfterSend.NEXT,
    )
    suggest_thanks = models.BooleanField(
        "say which messages only thank", default=False, db_default=False
    )
    is_active = models.BooleanField("active", default=True)
    is_staff = models.BooleanField("may open the admin", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def permissions(self) -> frozenset[str]:
        """Permissions by role; an inactive person has none."""
        return permissions_of(frozenset(self.roles)) if self.is_active else frozenset()

    def may(self, permission: str) -> bool:
        """Whether this person may do it."""
        return permission in self.permissions

    def holds(self, role: str) -> bool:
        return role in self.roles

    @property
    def initials(self) -> str:
        words = str(self).split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def first_name(self) -> str:
        return str(self).split()[0]


@pghistory.track()
class Team(models.Model):
    """People who answer for a queue or a component together."""

    name = models.CharField(max_length=80, unique=True)
    members = models.ManyToManyField(User, related_name="teams", blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=["digest", "last_used_at", "sent_in_clear_at"])
class ApiToken(models.Model):
    """A program's key: shown once, stored as a hash, scoped and expiring."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    sent_in_clear_at = models.DateTimeField("sent without HTTPS", null=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(
        cls,
        owner: User,
        name: str,
        *,
        expires_at: datetime,
        scopes: tuple[str, ...] = (),
        secret: str = "",
    ) -> tuple["ApiToken", str]:
        """A new token and its secret; without scopes it may all that its owner may."""
        secret = secret or f"al_{secrets.token_urlsafe(32)}"
        token, _ = cls.objects.update_or_create(
            digest=cls.digest_of(secret),
            defaults={
                "owner": owner,
                "name": name,
                "prefix": secret[:8],
                "scopes": list(scopes),
                "expires_at": expires_at,
            },
        )
        return token, secret

    @classmethod
    def note_sent_in_clear(cls, secret: str, *, at: datetime) -> None:
        """Somebody may have read it on its way; it goes on, and its owner is told to replace it."""
        if secret:
            cls.objects.filter(digest=cls.digest_of(secret)).update(sent_in_clear_at=at)

    @staticmethod
    def digest_of(secret: str) -> bytes:
        return hashlib.sha256(secret.encode()).digest()

    def usable(self, *, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at and self.owner.is_active

    def may(self, permission: str) -> bool:
        """Never wider than its owner."""
        return permission in self.permissions

    @property
    def permissions(self) -> frozenset[str]:
        """Those of its owner that it was issued for; for all of them where none is named."""
        held = self.owner.permissions
        return held & frozenset(self.scopes) if self.scopes else held

    def speaks_as(self) -> User:
        """Its owner, who may nothing here that it may not: verbs ask the person, not the token."""
        self.owner.permissions = self.permissions
        return self.owner
