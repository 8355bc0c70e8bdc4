"""Whom we answer to."""

from django.urls import path

from apps.portal.views import customers

urlpatterns = [
    path("customers/", customers.customers, name="customers"),
    path("customers/contacts/", customers.contacts, name="contacts"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
]
