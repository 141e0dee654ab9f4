"""A proof of one entry."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.response import Response

from audit.errors import NotSealed, SealBroken
from audit.services.proofs import FORMAT, prove
from config.common.api.operations import operation
from config.common.api.serializers import WireSerializer
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.errors import NotFound

READ = "rbac.audit_read"
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class ProvenField(WireSerializer):
    name = serializers.CharField(help_text="`user`, `ip_address`, …, or `details.` and a name.")
    salt = serializers.CharField(required=False, help_text="16 bytes in hex.")
    value = serializers.CharField(required=False, help_text="JSON, as it was hashed.")
    commitment = serializers.CharField(
        required=False, help_text="Instead of salt and value where an erasure took them."
    )


class ProvenEntry(WireSerializer):
    id = serializers.CharField(help_text="A decimal number.")
    action = serializers.CharField()
    resource = serializers.CharField()
    timestamp = serializers.CharField(help_text="As it was hashed.")
    fields = ProvenField(many=True)  # type: ignore[assignment]  # the name of the format


class Beside(WireSerializer):
    side = serializers.ChoiceField(["left", "right"])
    hash = serializers.CharField(help_text="SHA-256 in hex.")


class ProofAnswer(WireSerializer):
    format = serializers.CharField()
    entry = ProvenEntry()
    path = Beside(many=True, help_text="From the entry's leaf to the root.")
    seal = serializers.CharField(help_text="The seal's header: JSON, as it was signed.")
    signature = serializers.CharField(help_text="Ed25519 over the header, in hex.")


class ProofViewSet(ApiViewSet):
    @operation(
        "A proof that an entry is as it was sealed",
        description=(
            "`data` is what `manage.py audit_proof` writes. `/static/tools/check_audit_proof.py` "
            "checks it offline, with a key of `/.well-known/audit-keys.json`."
        ),
        permission=READ,
        answer=ProofAnswer,
        example={
            "format": FORMAT,
            "entry": {
                "id": "4711",
                "action": "USER_LOGIN",
                "resource": "session",
                "timestamp": "2026-11-23T10:00:00.000000+00:00",
                "fields": [
                    {
                        "name": "user_agent",
                        "salt": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                        "value": '"Firefox"',
                    },
                    {"name": "ip_address", "commitment": _HASH},
                ],
            },
            "path": [{"side": "right", "hash": _HASH}],
            "seal": '{"count":2,"seal":12}',
            "signature": _HASH * 2,
        },
        errors=(NotFound, NotSealed, SealBroken),
    )
    def retrieve(self, request: ApiRequest, entry_id: str) -> Response:
        return answer(prove(_key(entry_id)))


def _key(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(2**63)):
        raise NotFound
    return int(text)
