"""Sign-up and the proof of an address."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from accounts import errors
from accounts.api import examples
from accounts.api.fields import (
    Email,
    EmailInput,
    NewPassword,
    PersonName,
    TokenInput,
    UserAnswer,
    Username,
    user_data,
)
from accounts.services import policy, registration
from config.common.api.operations import operation
from config.common.api.serializers import WireSerializer
from config.common.api.throttling import CHECKS, auth
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.errors import Busy, MalformedRequest, NotFound
from config.common.request_meta import RequestMeta


class RegisterInput(WireSerializer):
    email = Email(help_text="At most 254 characters; kept in lower case.")
    username = Username(help_text="3–30 letters, digits, underscores; kept in lower case.")
    password = NewPassword(help_text="8–128 characters; see the password rules.")
    first_name = PersonName(help_text="At most 50 characters.")
    last_name = PersonName(help_text="At most 50 characters.")


class RegisterAnswer(WireSerializer):
    user = UserAnswer(required=False)


class EmailAvailable(WireSerializer):
    email = serializers.EmailField()
    available = serializers.BooleanField()


class UsernameAvailable(WireSerializer):
    username = serializers.CharField()
    available = serializers.BooleanField()


class EmailQuery(WireSerializer):
    email = Email()


class UsernameQuery(WireSerializer):
    username = Username()


class RegistrationViewSet(ApiViewSet):
    @operation(
        "Sign up",
        description=(
            "Makes an account with the role `user` and mails a link that proves the address. "
            "With `PREVENT_ENUMERATION` the answer is an empty `data` for free and taken "
            "addresses alike."
        ),
        public=True,
        limit=auth("register"),
        body=RegisterInput,
        body_example={
            "email": "ada@example.org",
            "username": "ada",
            "password": examples.PASSWORD,
            "firstName": "Ada",
            "lastName": "Lovelace",
        },
        answer=RegisterAnswer,
        example={"user": {**examples.USER, "emailVerified": False}},
        status=201,
        errors=(errors.EmailTaken, errors.UsernameTaken, errors.RegistrationClosed, Busy),
    )
    def register(self, request: ApiRequest) -> Response:
        given = self.valid(RegisterInput, request.data)
        user = registration.register(
            **given,
            language=translation.get_language() or "en",
            meta=RequestMeta.of(request),
        )
        data = {"user": user_data(user)} if user else {}
        return answer(data, _("Welcome. Please look into your mailbox."), status=201)

    @operation(
        "Confirm an address by link (old clients)",
        public=True,
        limit=auth("verify-email"),
        query=TokenInput,
        errors=(errors.LinkInvalid, errors.LinkExpired),
    )
    def verify_by_link(self, request: ApiRequest) -> Response:
        return self._verify(request, request.query_params)

    @operation(
        "Confirm an address",
        public=True,
        limit=auth("verify-email"),
        body=TokenInput,
        body_example={"token": "pZ2c…"},
        errors=(errors.LinkInvalid, errors.LinkExpired),
    )
    def verify(self, request: ApiRequest) -> Response:
        return self._verify(request, request.data)

    def _verify(self, request: ApiRequest, source: Any) -> Response:
        token = self.valid(TokenInput, source)["token"]
        registration.verify_email(token, meta=RequestMeta.of(request))
        return answer(message=_("Your email address is confirmed."))

    @operation(
        "Mail another confirmation link",
        description="The same answer for every address. Earlier links die.",
        public=True,
        limit=auth("resend-verification"),
        body=EmailInput,
        body_example={"email": "ada@example.org"},
    )
    def resend(self, request: ApiRequest) -> Response:
        registration.resend_verification(self.valid(EmailInput, request.data)["email"])
        return answer(message=_("If a confirmation is missing, a mail is on its way."))

    @operation(
        "Is this address free?",
        description="Not found where `PREVENT_ENUMERATION` is on.",
        public=True,
        limit=CHECKS,
        query=EmailQuery,
        answer=EmailAvailable,
        example={"email": "ada@example.org", "available": True},
        errors=(NotFound,),
    )
    def check_email(self, request: ApiRequest) -> Response:
        if policy.prevent_enumeration():
            raise NotFound
        email = self._asked(request, "email", EmailQuery)
        return answer({"email": email, "available": registration.email_available(email)})

    @operation(
        "Is this username free?",
        public=True,
        limit=CHECKS,
        query=UsernameQuery,
        answer=UsernameAvailable,
        example={"username": "ada", "available": True},
    )
    def check_username(self, request: ApiRequest) -> Response:
        name = self._asked(request, "username", UsernameQuery)
        return answer({"username": name, "available": registration.username_available(name)})

    def _asked(self, request: ApiRequest, name: str, query: Any) -> str:
        if not request.query_params.get(name):
            raise MalformedRequest
        value: str = self.valid(query, request.query_params)[name]
        return value
