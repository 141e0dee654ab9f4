"""The log's one table, the seals over it, and what is counted of it by day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Never
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.errors import EntryIsFinal
from audit.kinds import Action
from config.common.ids import uuid7
from config.common.models import Erasure, PersonalData


class FinalQuerySet(models.QuerySet["AuditEntry"]):
    """Reads and inserts. What would edit or delete raises EntryIsFinal."""

    def about(self, user_id: Any) -> FinalQuerySet:
        """Entries that concern this person, whoever acted."""
        return self.filter(user_id=user_id)

    def newest_first(self) -> FinalQuerySet:
        """By time, and by key within a moment: as every index ends."""
        return self.order_by("-timestamp", "-pk")

    def update(self, **_kwargs: Any) -> Never:
        raise EntryIsFinal

    async def aupdate(self, **_kwargs: Any) -> Never:
        raise EntryIsFinal

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> Never:
        raise EntryIsFinal

    def update_or_create(self, *_args: Any, **_kwargs: Any) -> Never:
        raise EntryIsFinal

    def bulk_create(  # type: ignore[override]  # Django's other options would edit or skip
        self, objs: Iterable[Any], batch_size: int | None = None
    ) -> list[Any]:
        return super().bulk_create(objs, batch_size=batch_size)

    def delete(self) -> Never:
        raise EntryIsFinal

    async def adelete(self) -> Never:
        raise EntryIsFinal


class AuditEntry(models.Model):
    """One thing that happened.

    user: whom it concerns; actor: who did it; impersonating: the person as whom an admin acted.
    Nothing holds these three back when an account goes: the entry outlives the account, and
    erasure blanks them. resource, resource_id: what it was done to, in words of the API.

    mark: a MAC over everything else but the key, made by whoever wrote the entry; what comes in
    behind the program's back has none (`services/marking.py`). salt: random; hides the personal
    values in the entry's leaf. blanked: what erasure left of them: commitments, and the salts of
    what is still there (`services/leaves.py`).

    On PostgreSQL the table has one more column, which only sealing asks for: `written_in`, the
    transaction that wrote the row.
    """

    personal_data: ClassVar[dict[str, PersonalData]] = {
        "user": PersonalData(Erasure.ANONYMISE, "auditLogs"),
        "actor": PersonalData(Erasure.ANONYMISE, "auditLogs"),
        "impersonating": PersonalData(
            Erasure.ANONYMISE, None, "Such an entry concerns the person and is exported as theirs."
        ),
    }

    id = models.BigAutoField(primary_key=True)
    action = models.CharField(max_length=40)
    resource = models.CharField(max_length=40)
    resource_id = models.CharField(max_length=64, blank=True, default="")
    details = models.JSONField(default=dict, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    impersonating = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=512, blank=True, default="")
    request_id = models.CharField(max_length=128, blank=True, default="")
    timestamp = models.DateTimeField(default=timezone.now)
    salt = models.UUIDField(default=uuid4, null=True, editable=False)
    mark = models.BinaryField(max_length=32, null=True, editable=False)
    blanked = models.JSONField(null=True, editable=False)

    objects = FinalQuerySet.as_manager()
    # For services/erasure.py and services/retention.py alone: edits and deletes pass here.
    unlocked: ClassVar[models.Manager[AuditEntry]] = models.Manager()

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        # One for each filter that must be fast. All end in time and key, so each page of a filter,
        # with or without bounds of time, is one range. (By key alone, a range of time far back was
        # reached by walking over all that is newer: keys and times agree nearly, never surely.)
        # What stands behind the key is for a second filter: entries that it leaves out are passed
        # over in the index, at thirty nanoseconds each, without a look at the rows.
        indexes: ClassVar[list[models.Index]] = [
            # On PostgreSQL it is made for `search.ALL_NEWEST`, and serves no other order.
            models.Index(fields=["timestamp", "id"], name="audit_timestamp"),
            models.Index(
                fields=["user", "timestamp", "id", "action", "resource"], name="audit_user"
            ),
            models.Index(
                fields=["actor", "timestamp", "id", "action", "resource"], name="audit_actor"
            ),
            models.Index(fields=["action", "timestamp", "id", "resource"], name="audit_action"),
            models.Index(
                fields=["ip_address", "timestamp", "id", "action", "resource"], name="audit_ip"
            ),
            models.Index(fields=["resource", "timestamp", "id"], name="audit_resource"),
            models.Index(fields=["resource_id", "timestamp", "id"], name="audit_resource_id"),
            models.Index(fields=["request_id"], name="audit_request"),
            # Rare, so partial: an ordinary entry pays nothing for it.
            models.Index(
                fields=["impersonating", "timestamp", "id"],
                name="audit_impersonating",
                condition=Q(impersonating__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert. Raises EntryIsFinal for an entry that is stored already."""
        if not self._state.adding:
            raise EntryIsFinal
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> Never:
        raise EntryIsFinal

    @property
    def label(self) -> str:
        """The action for people; the stored word where this version does not know it."""
        return str(Action(self.action).label) if self.action in Action else self.action

    @property
    def wire_details(self) -> dict[str, Any]:
        """`details`, and under impersonation the second name."""
        return details_of(self.details, self.impersonating_id)


def details_of(details: Any, impersonating: Any = None) -> dict[str, Any]:
    """`wire_details` of a row."""
    own = named(details)
    return {**own, "impersonating": str(impersonating)} if impersonating else {**own}


def named(details: Any) -> dict[str, Any]:
    """Who writes behind the program's back may write no object: it stands under no name."""
    return details if isinstance(details, dict) else {"": details}


class Seal(models.Model):
    """A batch of entries, sealed: nothing in it changes afterwards without being noticed.

    id: 1, 2, 3, …, without a gap. ids: the entries' keys, eight bytes each, big-endian, ascending;
    leaves: their hashes (`services/leaves.py`), 32 bytes each, in the same order. ids_hash: of
    ids; root: of the Merkle tree over the leaves. previous: the hash of the seal before.
    unproven: keys of entries that carried no valid mark, or were another one's copy.
    newest: of its entries' timestamps. position: how far sealing has come (`selectors/sealed.py`).
    signature: Ed25519, by the key that key_id names, over all of that (`services/seals.py`).

    retired_at: when retention took the entries. Their ids and leaves went along, unless some of
    the entries are kept for good; `retirement` says how many went, and is signed as well.
    """

    id = models.BigIntegerField(primary_key=True)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    count = models.PositiveIntegerField()
    ids = models.BinaryField()
    leaves = models.BinaryField()
    ids_hash = models.BinaryField(max_length=32)
    root = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    unproven = models.JSONField(default=list)
    newest = models.DateTimeField()
    position = models.JSONField()
    key_id = models.CharField(max_length=16)
    signature = models.BinaryField(max_length=64)
    sealed_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    retirement = models.JSONField(null=True)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["newest"], name="seal_newest", condition=Q(retired_at=None)),
            models.Index(
                fields=["newest"], name="seal_retired", condition=Q(retired_at__isnull=False)
            ),
            models.Index(fields=["first_id"], name="seal_first"),
            models.Index(fields=["last_id"], name="seal_last"),
        ]

    def __str__(self) -> str:
        return f"seal {self.pk}"


class Blanking(models.Model):
    """One erasure's signed word on which entries it blanked, so that nobody else can blank one.

    ids: as in a seal; states: a hash of each as it was left, 32 bytes, in the same order. The
    entry's `blanked` names the row; the pseudonym stands in the entry.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pseudonym = models.CharField(max_length=40)
    ids = models.BinaryField()
    states = models.BinaryField()
    key_id = models.CharField(max_length=16)
    signature = models.BinaryField(max_length=64)
    blanked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.pseudonym


class DayCount(models.Model):
    """How many sealed entries of one kind a day (UTC) holds; counted while they are sealed."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    action = models.CharField(max_length=40)
    resource = models.CharField(max_length=40)
    count = models.BigIntegerField(default=0)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["day", "action", "resource"], name="day_count_once"),
        ]

    def __str__(self) -> str:
        return f"{self.action} on {self.day}: {self.count}"
