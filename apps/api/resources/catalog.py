"""The catalogue: products, what they are made of and what they let people do."""

from rest_framework import serializers

from apps.api.resource import Listed, Resource, resource
from apps.catalog.models import Capability, Component, Product

_SHELVED = ["id", "name", "slug", "description", "position", "retired_at"]


class ProductOut(serializers.ModelSerializer):
    """Something we launched."""

    class Meta:
        model = Product
        fields = [*_SHELVED, "launched_on", "owner"]
        read_only_fields = fields


class ComponentOut(serializers.ModelSerializer):
    """A part of a product that can fail by itself."""

    class Meta:
        model = Component
        fields = [*_SHELVED, "product", "team"]
        read_only_fields = fields


class CapabilityOut(serializers.ModelSerializer):
    """Something a product lets people do, and the components it rests on."""

    components = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Capability
        fields = [*_SHELVED, "product", "components"]
        read_only_fields = fields


@resource("products")
class Products(Listed, Resource):
    """What was launched; set up in the admin."""

    queryset = Product.objects.all()
    serializer_class = ProductOut
    filterset_fields = ["slug"]
    ordering = ("pk",)
    needs = {"read": "catalog.read"}


@resource("components")
class Components(Listed, Resource):
    """Parts of products; set up in the admin."""

    queryset = Component.objects.all()
    serializer_class = ComponentOut
    filterset_fields = ["product", "slug"]
    ordering = ("pk",)
    needs = {"read": "catalog.read"}


@resource("capabilities")
class Capabilities(Listed, Resource):
    """What products let people do; set up in the admin."""

    queryset = Capability.objects.prefetch_related("components")
    serializer_class = CapabilityOut
    filterset_fields = ["product", "slug"]
    ordering = ("pk",)
    needs = {"read": "catalog.read"}
