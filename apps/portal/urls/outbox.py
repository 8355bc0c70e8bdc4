"""What leaves, what arrived, and long work."""

from django.urls import path

from apps.portal.views import outbox

urlpatterns = [
    path("deliveries/", outbox.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/", outbox.delivery, name="delivery"),
    path("deliveries/<int:pk>/retry/", outbox.retry, name="delivery-retry"),
    path("deliveries/<int:pk>/retry-alike/", outbox.retry_alike, name="delivery-retry-alike"),
    path("deliveries/<int:pk>/release/", outbox.release, name="delivery-release"),
    path("deliveries/<int:pk>/cancel/", outbox.cancel, name="delivery-cancel"),
    path("deliveries/hosts/<int:pk>/release/", outbox.release_host, name="host-release"),
    path("deliveries/arrived/", outbox.arrived, name="inbound"),
    path("deliveries/arrived/<int:pk>/", outbox.event, name="inbound-event"),
    path("deliveries/arrived/<int:pk>/replay/", outbox.replay, name="inbound-replay"),
    path("jobs/", outbox.jobs, name="jobs"),
    path("jobs/<int:pk>/", outbox.job, name="job"),
    path("jobs/<int:pk>/cancel/", outbox.cancel_job, name="job-cancel"),
    path("jobs/<int:pk>/go-on/", outbox.go_on_job, name="job-go-on"),
    path("notifications/", outbox.notifications, name="notifications"),
    path("notifications/read/", outbox.read_notifications, name="notifications-read"),
]
