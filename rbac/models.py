"""Roles, who has them, and permissions on single people."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final

from django.conf import settings
from django.contrib.auth.models import Permission as DjangoPermission
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionAbstract, UserObjectPermissionAbstract

from config.common.models import Erasure, PersonalData, UUIDModel

# \Z: `$` would let a line break through.
NAME_RULE: Final = RegexValidator(
    r"^[a-z_]+\Z", _("Only the letters a to z and “_” can be used here."), "letters"
)


class Role(UUIDModel):
    """A named set of permissions. Stands where Django has its Group.

    is_system: came with the program; keeps its name and cannot be deleted. holders: how many have
    it, as the worker last counted; only asked where there are too many to count at once.
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {}

    name = models.CharField(max_length=50, unique=True)
    description = models.CharField(max_length=255, blank=True, default="")
    is_system = models.BooleanField(default=False)
    holders = models.PositiveIntegerField(default=0, editable=False)
    permissions = models.ManyToManyField(DjangoPermission, related_name="roles", blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering: ClassVar[tuple[str, ...]] = ("name",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # \A and \Z: `$` would let a line break through.
            models.CheckConstraint(
                name="role_name_is_a_word", condition=Q(name__regex=r"\A[a-z_]{3,50}\Z")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    def live(self) -> AssignmentQuerySet:
        """In force now: without an end, or before it."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()))

    def overdue(self) -> AssignmentQuerySet:
        """Past their end: they count for nothing, and wait for the worker to take them out."""
        return self.filter(expires_at__lte=timezone.now())

    def lasting(self, until: datetime | None) -> AssignmentQuerySet:
        """In force now and up to then at least; None: without an end."""
        if until is None:
            return self.permanent()
        return self.live().filter(Q(expires_at__isnull=True) | Q(expires_at__gte=until))

    def permanent(self) -> AssignmentQuerySet:
        """Without an end: the ones that the rules about the last role and admin count."""
        return self.filter(expires_at__isnull=True)

    def codenames(self, user_id: Any) -> frozenset[str]:
        """What this person's roles among these allow. One query."""
        found = self.filter(
            user_id=user_id, role__permissions__content_type__app_label="rbac"
        ).values_list("role__permissions__codename", flat=True)
        return frozenset(found)


class RoleAssignment(models.Model):
    """A person has a role. `User.groups` goes through here and sees expired ones too: ask `live()`.

    expires_at: from this moment the role counts for nothing, before anybody cleans up.
    user_created_at: the account's own, which never changes; carried so that the holders of a role
    can be listed by it from one index.
    user_facet: the account's own as well, which the database carries over (`services/facets.py`).
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(Erasure.DELETE, "roles"),
        "assigned_by": PersonalData(
            Erasure.ANONYMISE, None, "The role is the other person's; the audit log tells who."
        ),
    }

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="role_assignments",
        db_index=False,  # the unique constraint's index begins with it
    )
    role = models.ForeignKey(
        Role, on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    assigned_at = models.DateTimeField(default=timezone.now, editable=False)
    user_created_at = models.DateTimeField(default=timezone.now, editable=False)
    user_facet = models.SmallIntegerField(default=8, editable=False)  # what most people are
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "role"], name="role_once_a_person"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["role", "user"], name="assignment_holders"),
            models.Index(
                fields=["role", "-user_created_at", "-user"], name="assignment_by_created"
            ),
            models.Index(
                fields=["role", "user_facet", "-user_created_at", "-user"],
                name="assignment_by_facet",
            ),
            models.Index(
                fields=["expires_at"],
                name="assignment_ends",
                condition=Q(expires_at__isnull=False),
            ),
            # Most rows have nobody here: registration assigns by itself.
            models.Index(
                fields=["assigned_by"],
                name="assignment_given_by",
                condition=Q(assigned_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.role}"

    def is_live(self, at: datetime | None = None) -> bool:
        """As the query set's `live`, for a row at hand."""
        return self.expires_at is None or self.expires_at > (at or timezone.now())


class PersonGrant(UUIDModel, UserObjectPermissionAbstract):
    """A permission that `user` holds on one person alone. Guardian's row with an id of ours.

    object_pk is no foreign key: who erases a person also removes the grants `on` that person.
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(Erasure.DELETE, "grants"),
    }

    class Meta(UserObjectPermissionAbstract.Meta):
        abstract = False
        default_permissions: ClassVar[tuple[str, ...]] = ()
        verbose_name = _("grant on one person")
        verbose_name_plural = _("grants on one person")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["content_type", "object_pk"], name="grant_on_person"),
        ]

    def __str__(self) -> str:
        whom = self.content_object or self.object_pk
        return f"{self.user} – {self.permission.codename.upper()} – {whom}"


class RoleGrant(UUIDModel, GroupObjectPermissionAbstract):
    """Guardian asks for one beside PersonGrant. Nothing writes it and nothing answers from it."""

    personal_data: ClassVar[dict[str, PersonalData]] = {}

    group = models.ForeignKey(Role, on_delete=models.CASCADE)  # type: ignore[assignment]

    class Meta(GroupObjectPermissionAbstract.Meta):
        abstract = False
        default_permissions: ClassVar[tuple[str, ...]] = ()
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["content_type", "object_pk"], name="role_grant_on_person"),
        ]
