"""What the admin changes is remembered by the database itself."""

import pytest
from django.apps import apps as registry

from apps.accounts.models import User

pytestmark = pytest.mark.django_db


def events(label: str):
    return registry.get_model("accounts", f"{label}Event").objects.order_by("pgh_id")


def test_a_role_given_in_the_admin_is_kept_with_who_gave_it(as_admin, admin, ada):
    response = as_admin.post(
        f"/admin/accounts/user/{ada.pk}/change/",
        {
            "email": ada.email,
            "name": ada.name,
            "roles": "support,leadership",
            "is_active": "on",
            "timezone": "UTC",
            "theme": "auto",
            "density": "comfortable",
        },
    )
    assert response.status_code == 302
    told = events("User").filter(pgh_obj=ada)
    assert [event.roles for event in told] == [["support"], ["support", "leadership"]]
    assert told.last().pgh_context.metadata == {
        "user": admin.pk,
        "address": f"/admin/accounts/user/{ada.pk}/change/",
    }


def test_changes_past_the_orm_are_kept_too(ada):
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    assert events("User").filter(pgh_obj=ada).last().is_staff


def test_secrets_are_not_kept():
    names = {
        field.name for label in ("User", "ApiToken") for field in events(label).model._meta.fields
    }
    assert names.isdisjoint({"password", "digest"})
