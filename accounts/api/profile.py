"""One's own profile, one's preferences, and what everybody may see of somebody."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api import examples
from accounts.api.fields import PersonName, UserAnswer
from accounts.models import User
from accounts.selectors import avatar
from accounts.selectors.principals import again, own_profile
from accounts.services import preferences, profile
from config.common.api.operations import operation
from config.common.api.serializers import Text, WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from config.common.times import wire


class Detail(Text):
    """Something a person may tell; null and "" take it back."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, allow_blank=True, **kwargs)


class Checked(Detail):
    """A text that a rule of the business code reads, and that it may write in another way."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        try:
            return self.read(text) if text else None
        except ValueError:
            self.fail("rule")

    def read(self, text: str) -> Any:
        """Raises ValueError."""
        raise NotImplementedError


class Phone(Checked):
    default_error_messages = {"rule": _("Give a number with its country code: +442071838750.")}

    def read(self, text: str) -> Any:
        return profile.phone_number(text)


class TimeZone(Checked):
    default_error_messages = {"rule": _("Give a name of the time zone database: Europe/London.")}

    def read(self, text: str) -> Any:
        return profile.timezone_name(text)


class Language(Checked):
    default_error_messages = {"rule": _("Give two letters of ISO 639-1: en.")}

    def read(self, text: str) -> Any:
        return profile.language_code(text)


class BirthDate(Checked):
    default_error_messages = {"rule": _("Give a day in the past: 1985-12-10.")}

    def read(self, text: str) -> Any:
        return profile.birth_date(text)


class ProfileInput(WireSerializer):
    first_name = PersonName(allow_null=True)
    last_name = PersonName(allow_null=True)
    bio = Detail(max_length=500, lines=True)
    phone = Phone(max_length=40, help_text="With its country code; kept as E.164.")
    date_of_birth = BirthDate(max_length=40, help_text="A date, or a date-time; in the past.")
    address = Detail(max_length=255, lines=True)
    city = Detail(max_length=100)
    country = Detail(max_length=100)
    timezone = TimeZone(max_length=64, help_text="A name of the IANA time zone database.")
    language = Language(max_length=2, help_text="Two letters of ISO 639-1; null is `en`.")


class PreferencesInput(WireSerializer):
    """Any JSON object."""

    notifications = serializers.JSONField(
        required=False,
        help_text=("Which notices go by mail: `{TYPE: boolean}`. Those about security always do."),
    )


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
    avatar = serializers.CharField(allow_null=True, help_text="Where the picture can be seen.")
    is_active = serializers.BooleanField()
    last_login_at = serializers.DateTimeField(allow_null=True)
    profile = ProfileDetails()
    roles = serializers.ListField(child=serializers.CharField())


class PublicProfileAnswer(WireSerializer):
    id = serializers.UUIDField()
    username = serializers.CharField()
    first_name = serializers.CharField(allow_null=True)
    last_name = serializers.CharField(allow_null=True)
    avatar = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class ProfileViewSet(ApiViewSet):
    @operation("Your profile", answer=ProfileAnswer, example=examples.PROFILE)
    def retrieve(self, request: ApiRequest) -> Response:
        return answer(own_profile(request.auth))

    @operation(
        "Write your profile anew",
        description="What is left out is cleared to null, `language` to `en`.",
        body=ProfileInput,
        body_example=examples.PROFILE_INPUT,
        answer=ProfileAnswer,
        example=examples.PROFILE,
        message="Your profile is saved.",
        under_impersonation=True,
    )
    def update(self, request: ApiRequest) -> Response:
        given = self.valid(ProfileInput, request.data)
        profile.replace(request.user, given, meta=RequestMeta.of(request))
        return _saved(request)

    @operation(
        "Change some of your profile",
        description="What is left out stays; null clears.",
        body=ProfileInput,
        body_example={"city": "London", "bio": None},
        answer=ProfileAnswer,
        example=examples.PROFILE,
        message="Your profile is saved.",
        under_impersonation=True,
    )
    def partial_update(self, request: ApiRequest) -> Response:
        given = self.valid(ProfileInput, request.data)
        profile.update(request.user, given, meta=RequestMeta.of(request))
        return _saved(request)

    @operation(
        "Keep preferences",
        description=(
            "Merges any JSON object over what is there, as RFC 7396 says: null removes a key, "
            "objects within are merged too. All of it at most 16 KiB and 5 levels deep, numbers "
            "up to 2^53 - 1. `notifications` says which notices go by mail."
        ),
        body=PreferencesInput,
        body_example={
            "theme": "dark",
            "sidebar": None,
            "notifications": {"ROLE_CHANGED": False},
        },
        answer=ProfileAnswer,
        example=examples.PROFILE,
        message="Your preferences are saved.",
    )
    def preferences(self, request: ApiRequest) -> Response:
        preferences.merge(request.user, dict(request.data), meta=RequestMeta.of(request))
        return answer(own_profile(again(request.auth)), _("Your preferences are saved."))

    @operation(
        "Somebody's public profile",
        description=(
            "404 for unknown, suspended, deactivated and deleted accounts, and for who has not "
            "been in yet."
        ),
        public=True,
        answer=PublicProfileAnswer,
        example=examples.PUBLIC_PROFILE,
        errors=(NotFound,),
    )
    def public(self, request: ApiRequest, username: str) -> Response:
        return answer(public_data(profile.public(username)))


def public_data(user: User) -> dict[str, Any]:
    """`{id, username, firstName, lastName, avatar, createdAt}`"""
    return {
        "id": str(user.pk),
        "username": user.username,
        "firstName": user.first_name or None,
        "lastName": user.last_name or None,
        "avatar": avatar.url_of(user.avatar),
        "createdAt": wire(user.created_at),
    }


def _saved(request: ApiRequest) -> Response:
    return answer(own_profile(again(request.auth)), _("Your profile is saved."))
