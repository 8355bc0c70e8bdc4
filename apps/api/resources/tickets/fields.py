"""How people, queues and tags are named."""

from rest_framework import serializers

from apps.accounts.models import User
from apps.api.fields import Line
from apps.tickets.models import Queue


class Person(serializers.SlugRelatedField):
    """Somebody active, named by e-mail address."""

    def __init__(self, **more) -> None:
        super().__init__(slug_field="email", queryset=User.objects.active(), **more)


class InQueue(serializers.SlugRelatedField):
    """A queue, named by its slug."""

    def __init__(self, **more) -> None:
        super().__init__(slug_field="slug", queryset=Queue.objects.all(), **more)


class Tags(serializers.ListField):
    """Some tags."""

    def __init__(self, **more) -> None:
        super().__init__(child=Line(limit=60), max_length=30, required=False, **more)
