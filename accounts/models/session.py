"""One signed-in device."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from config.common.models import Erasure, PersonalData, UUIDModel


class Kind(models.TextChoices):
    API = "api", _("App")
    BROWSER = "browser", _("Browser")
    IMPERSONATION = "impersonation", _("Impersonation")


class SessionQuerySet(models.QuerySet["Session"]):
    def unended(self) -> SessionQuerySet:
        """Neither ended nor run out, and its user active and not signed out everywhere since.

        The user stands in an EXISTS, not in a join: an UPDATE over a join is compiled to
        `WHERE id IN (SELECT …)`, whose inner rows PostgreSQL does not look at again after it
        waited for a lock, and a conditional claim would succeed twice.
        """
        owner = User.objects.active().filter(
            pk=OuterRef("user_id"), sessions_valid_from__lte=OuterRef("created_at")
        )
        return self.filter(Exists(owner), revoked_at__isnull=True, expires_at__gt=timezone.now())

    def live(self) -> SessionQuerySet:
        """Those, without the ones whose refresh token idled out."""
        oldest = timezone.now() - settings.JWT_REFRESH_EXPIRY
        return self.unended().filter(~Q(kind=Kind.API) | Q(rotated_at__gt=oldest))


class Session(UUIDModel):
    """What every login makes and every request checks.

    generation, rotated_at: which refresh token is the present one, and the second in which it
    became so; signed_by: the key that signed it. traps.md derives the rotation from these three.
    proven_at: when the person last gave password and code. impersonator, opened_from: the admin
    who acts here in the person's place, and the session of theirs that this one ends with.
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(Erasure.DELETE, "sessions"),
        "impersonator": PersonalData(
            Erasure.DELETE, None, "The session is the other person's; the audit log names both."
        ),
    }

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.API)
    impersonator = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="impersonations"
    )
    opened_from = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    device_id = models.UUIDField(null=True, blank=True)
    device_name = models.CharField(max_length=120, blank=True, default="")
    browser = models.CharField(max_length=60, blank=True, default="")
    system = models.CharField(max_length=60, blank=True, default="")
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    network = models.CharField(max_length=45, blank=True, default="")
    user_agent = models.CharField(max_length=512, blank=True, default="")

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    proven_at = models.DateTimeField(default=timezone.now)
    last_activity = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    generation = models.PositiveIntegerField(default=0)
    rotated_at = models.DateTimeField(default=timezone.now)
    signed_by = models.CharField(max_length=16, blank=True, default="")

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        default_permissions: ClassVar[tuple[str, ...]] = ()
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-created_at"], name="session_of_user"),
            models.Index(fields=["expires_at"], name="session_ends"),
            models.Index(
                fields=["revoked_at"],
                name="session_revoked",
                condition=Q(revoked_at__isnull=False),
            ),
            models.Index(
                fields=["opened_from"],
                name="session_opened_from",
                condition=Q(opened_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.device_name or str(self.pk)
