"""Devices on which one's own logins need no code for a while."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api import examples
from accounts.services import trusted_devices
from config.common.api.operations import operation
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet, path_id
from config.common.api.wire import answer
from config.common.errors import NotFound
from config.common.request_meta import RequestMeta
from config.common.times import wire, wire_or_none


class TrustedDeviceAnswer(WireSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    trusted_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(
        allow_null=True, help_text="The last login that needed no code."
    )


class TrustedDevicesAnswer(WireSerializer):
    devices = TrustedDeviceAnswer(many=True)


class TrustedDeviceViewSet(ApiViewSet):
    @operation(
        "Devices that are not asked for a code",
        answer=TrustedDevicesAnswer,
        example={
            "devices": [
                {
                    "id": examples.SESSION_ID,
                    "name": "Firefox on Linux",
                    "trustedAt": examples.TIME,
                    "expiresAt": "2026-12-23T10:00:00.000Z",
                    "lastUsedAt": None,
                }
            ]
        },
    )
    def list(self, request: ApiRequest) -> Response:
        devices = [
            {
                "id": str(device.pk),
                "name": device.name,
                "trustedAt": wire(device.trusted_at),
                "expiresAt": wire(device.expires_at),
                "lastUsedAt": wire_or_none(device.last_used_at),
            }
            for device in trusted_devices.of(request.user)
        ]
        return answer({"devices": devices})

    @operation(
        "Ask a device for a code again",
        description="It stays signed in; its next login needs a code.",
        errors=(NotFound,),
    )
    def destroy(self, request: ApiRequest, trusted_id: str) -> Response:
        trusted_devices.forget(request.user, path_id(trusted_id), meta=RequestMeta.of(request))
        return answer(message=_("This device is asked for a code again."))
