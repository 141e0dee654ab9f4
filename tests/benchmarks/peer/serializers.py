"""The same answer as the program's own profile."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from rest_framework import serializers

from tests.benchmarks.peer.models import Profile


class ProfileSerializer(serializers.ModelSerializer[Profile]):
    """The profile within the user."""

    class Meta:
        model = Profile
        exclude: ClassVar = ["id", "user"]


class CurrentUserSerializer(serializers.ModelSerializer[Any]):
    """Who is asking."""

    profile = ProfileSerializer(read_only=True)
    roles: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(
        slug_field="name", source="groups", many=True, read_only=True
    )

    class Meta:
        model = get_user_model()
        fields: ClassVar = [
            "id",
            "email",
            "username",
            "first_name",
            "last_name",
            "is_active",
            "date_joined",
            "last_login",
            "profile",
            "roles",
        ]
