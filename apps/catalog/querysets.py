"""How the catalogue is asked for."""

from django.db import models


class ShelfQuerySet(models.QuerySet):
    """Things in the catalogue, in the order someone gave them."""

    def current(self) -> "ShelfQuerySet":
        return self.filter(retired_at=None)

    def in_order(self) -> "ShelfQuerySet":
        return self.order_by("position", "name", "pk")
