"""The account itself."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.common.ids import uuid7
from config.common.models import Erasure, PersonalData, UUIDModel

# What `facet` adds up from: one of the states, and a bit for each of the others.
INACTIVE, DELETED, SUSPENDED, VERIFIED, TWO_FACTOR = 1, 2, 4, 8, 16

RECOVERY_PERIOD: Final = timedelta(days=30)
SEARCH_TABLE: Final = "accounts_user_search"  # SQLite's index of it: `services/search_index.py`
SEARCH_TERMS: Final = f"{SEARCH_TABLE}_term"  # and the trigrams that it is made of
SEPARATOR: Final = "\x1f"  # between the parts of search_text; no field can hold it


def canonical_email(value: str) -> str:
    """NFKC and lower case: one address, one spelling."""
    return unicodedata.normalize("NFKC", value).strip().lower()


def canonical_username(value: str) -> str:
    """Lower case; nothing else is allowed in one anyway."""
    return value.strip().lower()


def folded(value: str) -> str:
    """For searching: NFKC and casefold in Python, since databases disagree about `Ä`.

    `İ` folds to an i with a dot above it; nobody types that, so it is a plain one here.
    """
    return unicodedata.normalize("NFKC", value).casefold().replace("i\u0307", "i")


def search_text(email: str, username: str, first_name: str, last_name: str) -> str:
    """What staff search in. The two names are one part, as people write them."""
    parts = (email, username, f"{first_name} {last_name}".strip())
    return SEPARATOR.join(map(folded, parts))


def _bit(value: int, **condition: Any) -> Case:
    return Case(When(**condition, then=Value(value)), default=Value(0))


def _facet() -> Any:
    state = Case(
        When(deleted_at__isnull=False, then=Value(DELETED)),
        When(Q(deactivated_at__isnull=False) | Q(invited_at__isnull=False), then=Value(INACTIVE)),
        default=Value(0),
    )
    bits = (
        _bit(SUSPENDED, suspended_at__isnull=False),
        _bit(VERIFIED, email_verified_at__isnull=False),
        _bit(TWO_FACTOR, two_factor_enabled_at__isnull=False),
    )
    return sum(bits, start=state)


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> UserQuerySet:
        """May sign in: not suspended, deactivated or deleted, and no open invitation."""
        return self.filter(
            suspended_at__isnull=True,
            deactivated_at__isnull=True,
            deleted_at__isnull=True,
            invited_at__isnull=True,
        )

    def named(self, identifier: str) -> UserQuerySet:
        """By email or username, in any spelling. A username holds no `@`, so one suffices."""
        if "@" in identifier:
            return self.filter(email=canonical_email(identifier))
        return self.filter(username=canonical_username(identifier))


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's doors to making a user; the business code has its own in services."""

    def create_user(
        self, email: str, username: str, password: str | None = None, **fields: Any
    ) -> User:
        user = User(**fields)
        user.set_identity(email=email, username=username)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, username: str, password: str | None = None, **fields: Any
    ) -> User:
        """An active, verified holder of the role `admin`, as `bootstrap` makes the first one."""
        from accounts.services import registration  # noqa: PLC0415  (Django calls the manager)

        user: User = registration.create_admin(email=email, username=username, password=password)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        user: User = self.named(username or "").get()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """One person's account.

    The states of the contract, section 4, are four times: deactivated_at (by oneself), deleted_at
    (30 days to come back), suspended_at (by staff; stacks on the others), and none: active.
    facet: all of that, confirmed address and second factor as one number, which the database keeps
    (`INACTIVE` and what follows it): every combination that staff filter by is a few ranges of one
    index, however rare it is and wherever in the order its rows lie.
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {}

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("email"), max_length=254, unique=True)
    username = models.CharField(
        _("username"),
        max_length=30,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9_]{3,30}$")],
    )
    first_name = models.CharField(_("first name"), max_length=50, blank=True, default="")
    last_name = models.CharField(_("last name"), max_length=50, blank=True, default="")
    language = models.CharField(max_length=8, default="en")
    avatar = models.CharField(max_length=255, blank=True, default="")
    search_text = models.TextField(blank=True, default="", editable=False)

    email_verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    # Set while an invitation is open: nobody has been in yet.
    invited_at = models.DateTimeField(null=True, blank=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspension_reason = models.CharField(max_length=500, blank=True, default="")

    password_changed_at = models.DateTimeField(default=timezone.now)
    # A password that staff gave out: good until then, for one login that only changes it.
    temporary_until = models.DateTimeField(null=True, blank=True)
    # Sessions and device tokens older than these are dead, whatever their own rows say.
    sessions_valid_from = models.DateTimeField(default=timezone.now)
    devices_valid_from = models.DateTimeField(default=timezone.now)
    two_factor_enabled_at = models.DateTimeField(null=True, blank=True)
    facet = models.GeneratedField(
        expression=_facet(), output_field=models.SmallIntegerField(), db_persist=True
    )

    groups = models.ManyToManyField(  # type: ignore[assignment]
        "rbac.Role",
        through="rbac.RoleAssignment",
        through_fields=("user", "role"),
        related_name="users",
        # Holds ended assignments too: only rbac's backend reads it, and asks for those in force.
        blank=True,
    )
    user_permissions = None  # type: ignore[assignment]  # roles are the only source

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="nobody_is_superuser", condition=Q(is_superuser=False)),
            models.CheckConstraint(name="email_is_canonical", condition=Q(email=Lower("email"))),
            models.CheckConstraint(
                name="username_is_canonical",
                condition=Q(username=Lower("username")),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["deleted_at"], name="user_deleted", condition=Q(deleted_at__isnull=False)
            ),
            # The orders of the directory, and the same within each facet. (Email and username have
            # a unique index of their own.)
            models.Index(fields=["created_at", "id"], name="user_by_created"),
            models.Index(fields=["last_login", "id"], name="user_by_login"),
            models.Index(fields=["facet", "created_at", "id"], name="facet_by_created"),
            models.Index(fields=["facet", "last_login", "id"], name="facet_by_login"),
            models.Index(fields=["facet", "email"], name="facet_by_email"),
            models.Index(fields=["facet", "username"], name="facet_by_username"),
        ]
        # What can be granted on one person alone; the names are those of rbac's permissions.
        permissions = [
            ("user_read", "See this person"),
            ("user_update", "Edit this person"),
            ("user_delete", "Delete this person"),
            ("user_manage", "Manage this person"),
            ("role_assign", "Assign roles to this person"),
        ]
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.username

    def set_identity(
        self,
        *,
        email: str | None = None,
        username: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
    ) -> list[str]:
        """The one place that sets names and addresses, so that search keeps up.

        Returns the names of the columns to save.
        """
        if email is not None:
            self.email = canonical_email(email)
        if username is not None:
            self.username = canonical_username(username)
        if first_name is not None:
            self.first_name = unicodedata.normalize("NFC", first_name)
        if last_name is not None:
            self.last_name = unicodedata.normalize("NFC", last_name)
        self.search_text = search_text(self.email, self.username, self.first_name, self.last_name)
        return ["email", "username", "first_name", "last_name", "search_text", "updated_at"]

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return not (self.suspended_at or self.deactivated_at or self.deleted_at)

    @property
    def is_staff(self) -> bool:
        return self.is_active and self.has_perm("rbac.admin_access")

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def recovery_deadline(self) -> datetime | None:
        return self.deleted_at + RECOVERY_PERIOD if self.deleted_at else None

    @property
    def has_two_factor(self) -> bool:
        return self.two_factor_enabled_at is not None

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class PasswordRecord(UUIDModel):
    """A password that was used before, as its hash: the last five may not come back."""

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(Erasure.DELETE, None, "A hash is a secret and stays one."),
    }

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_records")
    password = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-created_at"], name="password_record_newest"),
        ]

    def __str__(self) -> str:
        return f"password of {self.created_at:%Y-%m-%d}"


class UsernameHold(models.Model):
    """A username that a sign-up for a taken address asked for, held for a day.

    With PREVENT_ENUMERATION a free and a taken address must look alike to whoever tries the
    username again, so it is taken in both cases.
    """

    username = models.CharField(primary_key=True, max_length=30)
    expires_at = models.DateTimeField()

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.username
