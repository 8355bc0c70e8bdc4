"""Canned replies and macros."""

from django.urls import path

from apps.portal.views import prepared

urlpatterns = [
    path("replies/", prepared.canned_replies, name="canned-replies"),
    path("replies/new/", prepared.new_canned_reply, name="canned-reply-new"),
    path("replies/<int:pk>/", prepared.canned_reply, name="canned-reply"),
    path("replies/<int:pk>/retire/", prepared.retire_canned_reply, name="canned-reply-retire"),
    path("replies/<int:pk>/revive/", prepared.revive_canned_reply, name="canned-reply-revive"),
    path(
        "replies/<int:pk>/files/<int:file>/remove/",
        prepared.remove_canned_file,
        name="canned-reply-file-remove",
    ),
    path("macros/", prepared.macros, name="macros"),
    path("macros/new/", prepared.new_macro, name="macro-new"),
    path("macros/<int:pk>/", prepared.macro, name="macro"),
    path("macros/<int:pk>/retire/", prepared.retire_macro, name="macro-retire"),
    path("macros/<int:pk>/revive/", prepared.revive_macro, name="macro-revive"),
]
