"""Whom we answer to."""

from django.urls import path

from apps.portal.views import customers, customers_changing, customers_merging, customers_notes

urlpatterns = [
    path("customers/", customers.customers, name="customers"),
    path("customers/contacts/", customers.contacts, name="contacts"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/change/", customers_changing.customer, name="customer-change"),
    path("customers/<int:pk>/notes/", customers_notes.add, name="customer-note"),
    path("customers/<int:pk>/notes/<int:note>/pin/", customers_notes.pin, name="customer-note-pin"),
    path(
        "customers/<int:pk>/notes/<int:note>/unpin/",
        customers_notes.unpin,
        name="customer-note-unpin",
    ),
    path(
        "customers/<int:pk>/notes/<int:note>/delete/",
        customers_notes.delete,
        name="customer-note-delete",
    ),
    path(
        "customers/<int:pk>/notes/<int:note>/restore/",
        customers_notes.restore,
        name="customer-note-restore",
    ),
    path("contacts/<int:pk>/change/", customers_changing.contact, name="contact-change"),
    path("contacts/<int:pk>/try-again/", customers.try_again, name="contact-try-again"),
    path(
        "contacts/<int:pk>/take-language/",
        customers_changing.take_language,
        name="contact-take-language",
    ),
    path("contacts/<int:pk>/merge/", customers_merging.merge, name="contact-merge"),
    path("contacts/<int:pk>/undo-merge/", customers_merging.unmerge, name="contact-unmerge"),
]
