"""Whom we answer to."""

from django.urls import path

from apps.portal.views import customers, customers_changing

urlpatterns = [
    path("customers/", customers.customers, name="customers"),
    path("customers/contacts/", customers.contacts, name="contacts"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/change/", customers_changing.customer, name="customer-change"),
    path("contacts/<int:pk>/change/", customers_changing.contact, name="contact-change"),
]
