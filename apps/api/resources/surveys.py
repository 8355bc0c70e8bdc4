"""Surveys and what customers answered: read here, given by the customer's link alone."""

from django_filters import FilterSet, IsoDateTimeFilter, NumberFilter
from rest_framework import serializers

from apps.api.resource import Listed, Resource, resource
from apps.surveys.models import Response, Survey


class SurveyOut(serializers.ModelSerializer):
    """Whether a customer was asked, and reached."""

    answered = serializers.SerializerMethodField()

    class Meta:
        model = Survey
        fields = ["id", "ticket", "contact", "agent", "asked_at", "delivered_at", "answered"]
        read_only_fields = fields

    def get_answered(self, survey: Survey) -> bool:
        return survey.answer is not None


class ResponseOut(serializers.ModelSerializer):
    """What they chose; a changed answer as it stands now."""

    ticket = serializers.IntegerField(source="survey.ticket_id", read_only=True)

    class Meta:
        model = Response
        fields = ["id", "survey", "ticket", "score", "comment", "at", "changed_at"]
        read_only_fields = fields


class SurveyFilter(FilterSet):
    """Of one ticket or one contact."""

    ticket = NumberFilter()
    contact = NumberFilter()


class ResponseFilter(FilterSet):
    """By score, and by when they were given first."""

    score = NumberFilter()
    since = IsoDateTimeFilter("at", "gte")
    until = IsoDateTimeFilter("at", "lt")


@resource("surveys")
class Surveys(Listed, Resource):
    """Who was asked how we did."""

    queryset = Survey.objects.select_related("response")
    serializer_class = SurveyOut
    filterset_class = SurveyFilter
    needs = {"read": "surveys.read"}


@resource("responses")
class Responses(Listed, Resource):
    """What they answered."""

    queryset = Response.objects.select_related("survey")
    serializer_class = ResponseOut
    filterset_class = ResponseFilter
    needs = {"read": "surveys.read"}
