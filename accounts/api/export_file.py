"""What stands in the export, for the documents: the schema of the file, and an example."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from accounts.api import examples
from config.common.api.serializers import WireSerializer


def _text(help_text: str = "") -> Any:
    return serializers.CharField(allow_null=True, help_text=help_text)


def _time() -> Any:
    return serializers.DateTimeField(allow_null=True)


class ExportedUser(WireSerializer):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    username = serializers.CharField()
    first_name = _text()
    last_name = _text()
    language = serializers.CharField()
    avatar = _text("The file's name in the storage.")
    email_verified = serializers.BooleanField()
    email_verified_at = _time()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_login_at = _time()
    invited_at = _time()
    deactivated_at = _time()
    deleted_at = _time()
    suspended_at = _time()
    suspension_reason = _text()
    password_changed_at = serializers.DateTimeField()


class ExportedProfile(WireSerializer):
    bio = _text()
    phone = _text()
    date_of_birth = serializers.DateField(allow_null=True)
    address = _text()
    city = _text()
    country = _text()
    timezone = _text()
    preferences = serializers.DictField()


class ExportedRole(WireSerializer):
    name = serializers.CharField()
    assigned_at = serializers.DateTimeField()
    expires_at = _time()


class ExportedGrant(WireSerializer):
    permission = serializers.CharField()
    on = serializers.CharField(help_text="The id of the person that it is about.")


class ExportedSession(WireSerializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(["api", "browser", "impersonation"])
    device_info = _text()
    browser = _text()
    system = _text()
    ip_address = _text("Under impersonation the admin's, and not told.")
    user_agent = _text()
    impersonated_by = _text("The admin's name, where it was an impersonation.")
    created_at = serializers.DateTimeField()
    last_activity = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    ended_at = _time()


class ExportedTwoFactor(WireSerializer):
    enabled = serializers.BooleanField()
    enabled_at = _time()
    last_used_at = _time()
    backup_codes_remaining = serializers.IntegerField()


class ExportedDevice(WireSerializer):
    id = serializers.UUIDField()
    name = _text()
    trusted_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = _time()


class ExportedAddress(WireSerializer):
    kind = serializers.ChoiceField(["wanted", "former"])
    email = _text()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="Until when the link works.")


class ExportedLock(WireSerializer):
    failures = serializers.IntegerField()
    locked_until = _time()
    password_off_at = _time()
    code_failures = serializers.IntegerField()
    code_locked_until = _time()


class ExportedFailure(WireSerializer):
    timestamp = serializers.DateTimeField()
    ip_address = _text()
    reason = _text()


class ExportedNotification(WireSerializer):
    id = serializers.UUIDField()
    type = serializers.CharField()
    title = serializers.CharField()
    message = serializers.CharField()
    is_read = serializers.BooleanField()
    metadata = serializers.DictField()
    created_at = serializers.DateTimeField()


class ExportedActor(WireSerializer):
    kind = serializers.ChoiceField(["self", "staff", "impersonation", "system"])
    name = serializers.CharField(required=False, help_text="The admin's, of an impersonation.")


class ExportedEntry(WireSerializer):
    id = serializers.CharField()
    action = serializers.CharField()
    resource = serializers.CharField()
    resource_id = _text()
    details = serializers.DictField()
    timestamp = serializers.DateTimeField()
    actor = ExportedActor()
    ip_address = _text("One's own; staff's is not told.")
    user_agent = _text()
    request_id = _text()


class ExportFile(WireSerializer):
    """Everything held about one person. Times are UTC."""

    user = ExportedUser()
    profile = ExportedProfile(allow_null=True)
    roles = ExportedRole(many=True)
    grants = ExportedGrant(many=True)
    sessions = ExportedSession(many=True)
    two_factor = ExportedTwoFactor()
    trusted_devices = ExportedDevice(many=True)
    other_addresses = ExportedAddress(many=True)
    lock = ExportedLock(allow_null=True)
    login_failures = ExportedFailure(many=True)
    notifications = ExportedNotification(many=True)
    audit_logs = ExportedEntry(many=True)


_AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

EXAMPLE: Final[dict[str, Any]] = {
    "user": {
        **examples.USER,
        "language": "en",
        "avatar": None,
        "emailVerifiedAt": examples.TIME,
        "updatedAt": examples.TIME,
        "lastLoginAt": examples.TIME,
        "invitedAt": None,
        "deactivatedAt": None,
        "deletedAt": None,
        "suspendedAt": None,
        "suspensionReason": None,
        "passwordChangedAt": examples.TIME,
    },
    "profile": {
        name: value for name, value in examples.PROFILE["profile"].items() if name != "language"
    },
    "roles": [{"name": "user", "assignedAt": examples.TIME, "expiresAt": None}],
    "grants": [],
    "sessions": [
        {
            "id": examples.SESSION_ID,
            "kind": "api",
            "deviceInfo": "Firefox on Linux",
            "browser": "Firefox",
            "system": "Linux",
            "ipAddress": "203.0.113.7",
            "userAgent": _AGENT,
            "impersonatedBy": None,
            "createdAt": examples.TIME,
            "lastActivity": examples.TIME,
            "expiresAt": "2026-12-23T10:00:00.000Z",
            "endedAt": None,
        }
    ],
    "twoFactor": {
        "enabled": False,
        "enabledAt": None,
        "lastUsedAt": None,
        "backupCodesRemaining": 0,
    },
    "trustedDevices": [],
    "otherAddresses": [],
    "lock": None,
    "loginFailures": [],
    "notifications": [
        {
            "id": examples.SESSION_ID,
            "type": "EMAIL_VERIFIED",
            "title": "Your email address is confirmed",
            "message": "Thank you. Everything is set up.",
            "isRead": False,
            "metadata": {},
            "createdAt": examples.TIME,
        }
    ],
    "auditLogs": [
        {
            "id": "4711",
            "action": "USER_LOGIN",
            "resource": "session",
            "resourceId": examples.SESSION_ID,
            "details": {"device": "Firefox on Linux"},
            "timestamp": examples.TIME,
            "actor": {"kind": "self"},
            "ipAddress": "203.0.113.7",
            "userAgent": _AGENT,
            "requestId": "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10",
        }
    ],
}
