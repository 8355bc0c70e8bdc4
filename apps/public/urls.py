"""The addresses of this door."""

from django.urls import path, re_path

from .choices import HookKind
from .views import contact, hooks, probes, survey, unsubscribing, violations

KINDS = "|".join(HookKind.values)

CONTACT = r"^t/(?P<token>[0-9-]{1,80}\.[A-Za-z0-9_-]{24})/"

app_name = "public"
urlpatterns = [
    path("healthz/live", probes.live, name="live"),
    path("healthz/ready", probes.ready, name="ready"),
    path("metrics", probes.metrics, name="metrics"),
    re_path(rf"^hooks/(?P<kind>{KINDS})/(?P<token>[A-Za-z0-9_-]+)/$", hooks.hook, name="hook"),
    path("csp/", violations.report, name="csp"),
    path("t/", contact.lost, name="contact-lost"),
    re_path(rf"{CONTACT}$", contact.ticket, name="contact-ticket"),
    re_path(rf"{CONTACT}reply/$", contact.reply, name="contact-reply"),
    re_path(rf"{CONTACT}solved/$", contact.solved, name="contact-solved"),
    re_path(rf"{CONTACT}rate/$", contact.rate, name="contact-rate"),
    re_path(r"^csat/(?P<token>[0-9]{1,18}\.[A-Za-z0-9_-]{24})/$", survey.survey, name="survey"),
    re_path(
        r"^unsubscribe/(?P<token>[0-9]{1,18}\.[A-Za-z0-9_-]{24})/$",
        unsubscribing.unsubscribe,
        name="unsubscribe",
    ),
    re_path(rf"{CONTACT}all/$", contact.mine, name="contact-all"),
    re_path(
        rf"{CONTACT}pictures/(?P<digest>[0-9a-f]{{64}})/$", contact.picture, name="contact-picture"
    ),
    re_path(rf"{CONTACT}files/(?P<file>[0-9]{{1,18}})/$", contact.file, name="contact-file"),
]
