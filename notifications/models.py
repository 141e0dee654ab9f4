"""The inbox inside the program, and the outbox that mail leaves from."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.common.crypto import EncryptedJSONField
from config.common.models import Erasure, PersonalData, UUIDModel
from notifications.kinds import Kind, State


class NotificationQuerySet(models.QuerySet["Notification"]):
    def unread(self) -> NotificationQuerySet:
        return self.filter(is_read=False)


class Notification(UUIDModel):
    """One notice to one person, in the language that they had when it was written."""

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(Erasure.DELETE, "notifications"),
    }

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    type = models.CharField(max_length=32, choices=Kind.choices)
    title = models.CharField(max_length=200)
    message = models.TextField()
    is_read = models.BooleanField(default=False)
    metadata = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-created_at", "-id"], name="notification_newest"),
            models.Index(
                fields=["user", "-created_at", "-id"],
                name="notification_unread",
                condition=Q(is_read=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class OutboxQuerySet(models.QuerySet["OutboxMail"]):
    def pending(self) -> OutboxQuerySet:
        return self.filter(state=State.PENDING)

    def dead(self) -> OutboxQuerySet:
        return self.filter(state=State.DEAD)

    def due(self, moment: datetime) -> OutboxQuerySet:
        """What may be tried now and is in no worker's hands."""
        return self.pending().filter(
            Q(leased_until__isnull=True) | Q(leased_until__lte=moment), next_attempt_at__lte=moment
        )


class OutboxMail(UUIDModel):
    """One mail to one address, from the transaction that wants it until it is sent or given up.

    user: whom it is about; null for a decoy, which is written but never sent.
    payload: {"to": address, "context": values}, null once sent.
    give_up_at: set by the first failure; a failure after it is the last.
    last_error: a class name and a status code; never text of a server, which may hold an address.
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(
            Erasure.DELETE, None, "Mail on its way to this person, blanked when it has left."
        ),
    }

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="outbox_mails",
    )
    mail = models.CharField(max_length=64)
    payload: models.Field[Any, Any] = EncryptedJSONField(null=True, blank=True)
    language = models.CharField(max_length=16, blank=True, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    give_up_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    lease_id = models.UUIDField(null=True, blank=True)
    last_error = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        verbose_name = _("mail")
        verbose_name_plural = _("outbox")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="outbox_state_known", condition=Q(state__in=[s.value for s in State])
            ),
            models.CheckConstraint(
                name="outbox_sent_is_blank",
                condition=~Q(state=State.SENT) | Q(payload__isnull=True, sent_at__isnull=False),
            ),
        ]
        # Each row stands in one of them: a full archive does not slow the queue down.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_attempt_at"], name="outbox_due", condition=Q(state=State.PENDING)
            ),
            models.Index(fields=["created_at"], name="outbox_dead", condition=Q(state=State.DEAD)),
            models.Index(fields=["sent_at"], name="outbox_sent", condition=Q(state=State.SENT)),
            models.Index(
                fields=["lease_id"], name="outbox_leased", condition=Q(lease_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mail} {self.pk}"
