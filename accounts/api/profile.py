"""One's own profile."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.response import Response

from accounts.api import examples
from accounts.api.fields import UserAnswer
from accounts.selectors.principals import own_profile
from config.common.api.operations import operation
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer


class ProfileDetails(WireSerializer):
    bio = serializers.CharField(allow_null=True)
    phone = serializers.CharField(allow_null=True)
    date_of_birth = serializers.DateField(allow_null=True)
    address = serializers.CharField(allow_null=True)
    city = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    timezone = serializers.CharField(allow_null=True)
    language = serializers.CharField()
    preferences = serializers.DictField()


class ProfileAnswer(UserAnswer):
    avatar = serializers.CharField(allow_null=True)
    is_active = serializers.BooleanField()
    last_login_at = serializers.DateTimeField(allow_null=True)
    profile = ProfileDetails()
    roles = serializers.ListField(child=serializers.CharField())


class ProfileViewSet(ApiViewSet):
    @operation("Your profile", answer=ProfileAnswer, example=examples.PROFILE)
    def retrieve(self, request: ApiRequest) -> Response:
        return answer(own_profile(request.auth))
