"""What takes long is measured outside of the request, unless its caller waits for it."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

WAIT = OpenApiParameter(
    "wait",
    bool,
    description="Have it measured in this request, however long that takes, instead of a 202.",
)


class MeasuringOut(serializers.Serializer):
    """So many tickets are concerned that it is measured outside of the request.

    Ask again, in as many seconds as `Retry-After` says; it is at hand for half an hour then.
    """

    state = serializers.ChoiceField(["measuring"])
    detail = serializers.CharField()


def would_wait(request: Request) -> bool:
    """Whether the caller would rather wait."""
    return request.query_params.get("wait", "").lower() in ("1", "true")


def measuring() -> Response:
    """Not yet: ask again."""
    detail = "So many tickets take a few seconds to count. Ask again, or with wait=true."
    said = {"state": "measuring", "detail": detail}
    return Response(said, status=status.HTTP_202_ACCEPTED, headers={"Retry-After": "2"})
