"""Fields that several calls take, with the contract's bounds."""

from __future__ import annotations

from typing import Any, Final

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models.user import canonical_email, canonical_username
from accounts.validators import RESERVED
from config.common.api.serializers import Password, Text, Token, WireSerializer
from config.common.times import wire

USERNAME: Final = r"^[A-Za-z0-9_]{3,30}$"


class Email(serializers.EmailField):
    """An address in its canonical spelling: NFKC, lower case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str):
            if not data.isprintable():
                self.fail("invalid")
            data = canonical_email(data)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Username(Text):
    """3–30 of letters, digits and underscore; lower case; none that a path could be taken for."""

    default_error_messages = {"reserved": _("This name cannot be used.")}

    def __init__(self, **kwargs: Any) -> None:
        rule = RegexValidator(USERNAME, _("Use 3 to 30 letters, digits and underscores."))
        super().__init__(min_length=3, max_length=30, validators=[rule], **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        name = canonical_username(value)
        if name in RESERVED:
            self.fail("reserved")
        return name


class Identifier(Text):
    """An email or a username, as somebody typed it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)


class Code(Text):
    """A code of the second factor: six digits, or a backup code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)


class PersonName(Text):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("allow_blank", True)
        super().__init__(max_length=50, **kwargs)


class NewPassword(Password):
    """A password to set; the rules are the business code's, which knows whose it is."""


class NewPasswordPair(WireSerializer):
    """A new password, typed twice. `password_name` says which of the two names comes first."""

    password_name = "password"  # noqa: S105  the name of a field
    confirm_password = NewPassword(help_text="The same again.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs[self.password_name] != attrs["confirm_password"]:
            raise serializers.ValidationError(
                {"confirmPassword": [serializers.ErrorDetail(str(_("These differ.")), "mismatch")]}
            )
        return attrs


class TokenInput(WireSerializer):
    token = Token(help_text="From the mail.")


class EmailInput(WireSerializer):
    email = Email()


class UserAnswer(WireSerializer):
    """A `user` in an answer."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    username = serializers.CharField()
    first_name = serializers.CharField(allow_null=True)
    last_name = serializers.CharField(allow_null=True)
    email_verified = serializers.BooleanField()
    created_at = serializers.DateTimeField()


def user_data(user: Any) -> dict[str, Any]:
    """`{id, email, username, firstName, lastName, emailVerified, createdAt}`"""
    return {
        "id": str(user.pk),
        "email": user.email,
        "username": user.username,
        "firstName": user.first_name or None,
        "lastName": user.last_name or None,
        "emailVerified": user.email_verified,
        "createdAt": wire(user.created_at),
    }
