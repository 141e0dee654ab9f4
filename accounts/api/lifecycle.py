"""An account going, coming back, going for good; and the file of everything held about it."""

from __future__ import annotations

from typing import Any, Final

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response

from accounts import errors
from accounts.api import examples, export_file
from accounts.api.fields import Code, Email
from accounts.models import User
from accounts.services.lifecycle import activation, deletion, erasure, export
from config.common.api.operations import operation
from config.common.api.serializers import Password, WireSerializer
from config.common.api.throttling import auth, proof
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.errors import Busy, DomainError, SessionRevoked
from config.common.request_meta import RequestMeta
from config.common.times import wire
from rbac.errors import LastAdmin

DEADLINE: Final = "2026-12-23T10:00:00.000Z"

PROVING: Final[tuple[type[DomainError], ...]] = (
    errors.InvalidCredentials,
    errors.AccountLocked,
    errors.TwoFactorRequired,
    errors.InvalidCode,
    Busy,
)


class ProofInput(WireSerializer):
    password = Password()
    code = Code(required=False, allow_blank=True, help_text="Where a second factor is on.")


class ReturnInput(ProofInput):
    email = Email()


class EraseInput(ProofInput):
    confirm_email = Email(help_text="The account's own address, typed once more.")


class DeletionAnswer(WireSerializer):
    recovery_deadline = serializers.DateTimeField()


class PreviewAnswer(WireSerializer):
    """Kinds of rows and how many there are; kinds may be added."""

    deleted = serializers.DictField(child=serializers.IntegerField())
    anonymised = serializers.DictField(child=serializers.IntegerField())


class ErasureAnswer(WireSerializer):
    erasure_receipt = serializers.CharField(help_text="Signed; time and counts, nothing personal.")


class AccountViewSet(ApiViewSet):
    @operation(
        "Deactivate your account",
        description="Every session and trusted device ends. Only `/account/reactivate` or staff "
        "switch it on again.",
        limit=proof("deactivate"),
        body=ProofInput,
        body_example={"password": examples.PASSWORD},
        errors=(*PROVING, LastAdmin),
    )
    def deactivate(self, request: ApiRequest) -> Response:
        given = self.valid(ProofInput, request.data)
        activation.deactivate(self._owner(request), **_proof(given), meta=RequestMeta.of(request))
        return answer(message=_("Your account is deactivated."))

    @operation(
        "Reactivate an account",
        description="One that its owner deactivated. Signs nobody in; never undoes a suspension.",
        public=True,
        limit=auth("reactivate"),
        body=ReturnInput,
        body_example={"email": "ada@example.org", "password": examples.PASSWORD},
        errors=(
            *PROVING,
            errors.AccountSuspended,
            errors.AccountDeleted,
            errors.AlreadyActive,
        ),
    )
    def reactivate(self, request: ApiRequest) -> Response:
        given = self.valid(ReturnInput, request.data)
        activation.reactivate(given["email"], **_proof(given), meta=RequestMeta.of(request))
        return answer(message=_("Your account is active again. You can sign in now."))

    @operation(
        "Delete your account",
        description="It can be recovered for 30 days, and is erased then. Every session ends; "
        "the address and the name stay taken until then.",
        limit=proof("delete-account"),
        body=ProofInput,
        body_example={"password": examples.PASSWORD},
        answer=DeletionAnswer,
        example={"recoveryDeadline": DEADLINE},
        errors=(*PROVING, LastAdmin),
    )
    def destroy(self, request: ApiRequest) -> Response:
        given = self.valid(ProofInput, request.data)
        deadline = deletion.delete(
            self._owner(request), **_proof(given), meta=RequestMeta.of(request)
        )
        return answer({"recoveryDeadline": wire(deadline)}, _("Your account is deleted."))

    @operation(
        "What erasing your account would take",
        description="Counted now: what would be deleted, and what would stay without your name.",
        answer=PreviewAnswer,
        example={
            "deleted": {"avatar": 1, "profile": 1, "sessions": 3, "notifications": 12},
            "anonymised": {"auditEntries": 214},
        },
    )
    def preview(self, request: ApiRequest) -> Response:
        found = deletion.preview(self._owner(request))
        return answer({"deleted": found.deleted, "anonymised": found.anonymised})

    @operation(
        "Recover a deleted account",
        description="Within its 30 days. It comes back as it was, and signs nobody in.",
        public=True,
        limit=auth("recover"),
        body=ReturnInput,
        body_example={"email": "ada@example.org", "password": examples.PASSWORD},
        errors=(
            *PROVING,
            errors.AccountSuspended,
            errors.NotDeleted,
            errors.RecoveryExpired,
        ),
    )
    def recover(self, request: ApiRequest) -> Response:
        given = self.valid(ReturnInput, request.data)
        deletion.recover(given["email"], **_proof(given), meta=RequestMeta.of(request))
        return answer(message=_("Your account is recovered. You can sign in now."))

    @operation(
        "Erase your account for good",
        description="At once, with everything in it. Entries of the audit log stay under a "
        "pseudonym. The receipt is a JWT (EdDSA) with the time and the counts.",
        limit=proof("permanent-delete"),
        body=EraseInput,
        body_example={"password": examples.PASSWORD, "confirmEmail": "ada@example.org"},
        answer=ErasureAnswer,
        example={"erasureReceipt": examples.JWT},
        errors=(*PROVING, errors.EmailMismatch, LastAdmin),
    )
    def erase(self, request: ApiRequest) -> Response:
        given = self.valid(EraseInput, request.data)
        receipt = erasure.erase_own(
            self._owner(request),
            **_proof(given),
            confirm_email=given["confirm_email"],
            meta=RequestMeta.of(request),
        )
        return answer({"erasureReceipt": receipt}, _("Your account is erased."))

    @operation(
        "Everything held about you",
        description="A JSON file, as a download and without the envelope, of any length. It "
        "holds no secrets. What staff did shows that it was staff, and nothing of theirs.",
        fresh=True,
        answer=export_file.ExportFile,
        example=export_file.EXAMPLE,
        in_envelope=False,
    )
    def export(self, request: ApiRequest) -> StreamingHttpResponse:
        parts = export.start(self._owner(request), meta=RequestMeta.of(request))
        name = f"account-{timezone.now():%Y-%m-%d}.json"
        return StreamingHttpResponse(
            parts,
            content_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    @staticmethod
    def _owner(request: ApiRequest) -> User:
        """All of the account, its password too."""
        owner: User | None = User.objects.filter(pk=request.user.pk).first()
        if owner is None:
            raise SessionRevoked
        return owner


def _proof(given: dict[str, Any]) -> dict[str, str]:
    return {"password": given["password"], "code": given.get("code", "")}
