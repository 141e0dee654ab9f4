"""One person's page on the wire, as staff see it."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from accounts.api import examples
from accounts.api.fields import UserAnswer, user_data
from accounts.api.profile import ProfileDetails
from accounts.api.sessions import EXAMPLE as SESSION
from accounts.api.sessions import SessionAnswer, session_data
from accounts.selectors import avatar
from accounts.selectors.person import Person
from config.common.api.serializers import WireSerializer
from config.common.times import wire, wire_or_none


class HeldRole(WireSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    assigned_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class FactorAnswer(WireSerializer):
    enabled = serializers.BooleanField()
    enabled_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    backup_codes_remaining = serializers.IntegerField()


class LockAnswer(WireSerializer):
    locked = serializers.BooleanField(help_text="For everyone, or the password is off.")
    locked_until = serializers.DateTimeField(allow_null=True)
    password_off_at = serializers.DateTimeField(allow_null=True)
    codes_locked_until = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField(help_text="In a row, from anywhere.")
    networks = serializers.IntegerField(help_text="From how many networks.")


class StaffUser(UserAnswer):
    avatar = serializers.CharField(allow_null=True)
    email_verified_at = serializers.DateTimeField(allow_null=True)
    is_active = serializers.BooleanField()
    is_suspended = serializers.BooleanField()
    suspended_at = serializers.DateTimeField(allow_null=True)
    suspension_reason = serializers.CharField(allow_null=True)
    deactivated_at = serializers.DateTimeField(allow_null=True)
    deleted_at = serializers.DateTimeField(allow_null=True)
    recovery_deadline = serializers.DateTimeField(allow_null=True)
    invited_at = serializers.DateTimeField(allow_null=True)
    last_login_at = serializers.DateTimeField(allow_null=True)
    password_changed_at = serializers.DateTimeField()


class StaffPersonAnswer(WireSerializer):
    user = StaffUser()
    profile = ProfileDetails()
    roles = HeldRole(many=True)
    sessions = SessionAnswer(many=True)
    two_factor = FactorAnswer()
    lock = LockAnswer()


EXAMPLE: Final[dict[str, Any]] = {
    "user": {
        **examples.USER,
        "avatar": examples.AVATAR,
        "emailVerifiedAt": examples.TIME,
        "isActive": True,
        "isSuspended": False,
        "suspendedAt": None,
        "suspensionReason": None,
        "deactivatedAt": None,
        "deletedAt": None,
        "recoveryDeadline": None,
        "invitedAt": None,
        "lastLoginAt": examples.TIME,
        "passwordChangedAt": examples.TIME,
    },
    "profile": examples.PROFILE["profile"],
    "roles": [
        {"id": examples.ID, "name": "user", "assignedAt": examples.TIME, "expiresAt": None},
    ],
    "sessions": [{**SESSION, "isCurrent": False}],
    "twoFactor": {
        "enabled": True,
        "enabledAt": examples.TIME,
        "lastUsedAt": examples.TIME,
        "backupCodesRemaining": 9,
    },
    "lock": {
        "locked": False,
        "lockedUntil": None,
        "passwordOffAt": None,
        "codesLockedUntil": None,
        "failures": 0,
        "networks": 0,
    },
}


def person_data(person: Person) -> dict[str, Any]:
    user, told = person.user, person.profile
    return {
        "user": {
            **user_data(user),
            "avatar": avatar.url_of(user.avatar),
            "emailVerifiedAt": wire_or_none(user.email_verified_at),
            "isActive": user.is_active and user.invited_at is None,
            "isSuspended": user.suspended_at is not None,
            "suspendedAt": wire_or_none(user.suspended_at),
            "suspensionReason": user.suspension_reason or None,
            "deactivatedAt": wire_or_none(user.deactivated_at),
            "deletedAt": wire_or_none(user.deleted_at),
            "recoveryDeadline": wire_or_none(user.recovery_deadline),
            "invitedAt": wire_or_none(user.invited_at),
            "lastLoginAt": wire_or_none(user.last_login),
            "passwordChangedAt": wire(user.password_changed_at),
        },
        "profile": {
            "bio": told.bio,
            "phone": told.phone,
            "dateOfBirth": told.date_of_birth.isoformat() if told.date_of_birth else None,
            "address": told.address,
            "city": told.city,
            "country": told.country,
            "timezone": told.timezone,
            "language": user.language,
            "preferences": told.preferences or {},
        },
        "roles": [
            {
                "id": str(held.role_id),
                "name": held.role.name,
                "assignedAt": wire(held.assigned_at),
                "expiresAt": wire_or_none(held.expires_at),
            }
            for held in person.roles
        ],
        "sessions": [session_data(session) for session in person.sessions],
        "twoFactor": {
            "enabled": user.has_two_factor,
            "enabledAt": wire_or_none(user.two_factor_enabled_at),
            "lastUsedAt": wire_or_none(person.factor.last_used_at) if person.factor else None,
            "backupCodesRemaining": person.backup_codes,
        },
        "lock": _lock(person),
    }


def _lock(person: Person) -> dict[str, Any]:
    lock = person.lock
    return {
        "locked": person.is_locked,
        "lockedUntil": wire_or_none(lock.locked_until) if lock else None,
        "passwordOffAt": wire_or_none(lock.password_off_at) if lock else None,
        "codesLockedUntil": wire_or_none(lock.code_locked_until) if lock else None,
        "failures": lock.failures if lock else 0,
        "networks": person.networks,
    }
