"""Gone for good: everything a person left here, in one transaction, with a receipt.

The declarations on the models (config.common.models.PersonalData) say what goes and what is
blanked; entries of the audit log stay under a pseudonym. Nothing is queued for the person any
more, not even a farewell: it would have to keep the address.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from axes.models import AccessAttempt, AccessFailureLog
from django.contrib.sessions.models import Session as PageSession
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import errors
from accounts.models import AccountLock, User
from accounts.models.user import RECOVERY_PERIOD, canonical_email
from accounts.services import files
from accounts.services.impersonation_end import How, close, tied_to
from accounts.services.lifecycle import holdings, receipts
from accounts.services.proof import prove
from audit.kinds import Action
from audit.services import erasure as log
from audit.services.recording import record
from config.common.errors import SessionRevoked
from config.common.request_meta import RequestMeta
from rbac.errors import LastAdmin
from rbac.services.erasure import remove_grants_on
from rbac.services.escalation import require_over
from rbac.services.last_admin import require_another_admin

logger = logging.getLogger(__name__)

TRIES: Final = 3
# How far back strays are looked for; a purge from cron runs once a day at least.
STRAYS: Final = timedelta(days=2)


def erase_own(
    user: User, password: str, *, confirm_email: str, meta: RequestMeta, code: str = ""
) -> str:
    """Erase one's own account at once; the receipt.

    Raises EmailMismatch, InvalidCredentials, AccountLocked, TwoFactorRequired, InvalidCode,
    LastAdmin, Busy.
    """
    if canonical_email(confirm_email) != user.email:
        raise errors.EmailMismatch
    prove(user, password, code=code, meta=meta)
    as_proven = Q(
        password=user.password,
        suspended_at__isnull=True,
        deactivated_at__isnull=True,
        deleted_at__isnull=True,
    )
    receipt = erase(user, only=as_proven, asked="owner")
    if receipt is None:
        # Whatever was quicker, it ended the session.
        raise SessionRevoked
    return receipt


def erase(
    user: User,
    *,
    only: Q,
    asked: str,
    action: Action = Action.ACCOUNT_ERASED,
    by: User | None = None,
    meta: RequestMeta | None = None,
    **details: Any,
) -> str | None:
    """Erase an account that is still what `only` says; None where it is not, or not any more.

    asked: `owner`, `staff`, `purge` or `console`, for the entry. by, meta, details: staff's, who
    stand in it; an owner's own are not kept. Raises LastAdmin, and of staff PermissionEscalation
    and SessionRevoked.
    """
    origin = meta if by and meta else RequestMeta()

    def entry(pseudonym: str, **counts: Counter[str]) -> None:
        known = log.hidden(details, user.pk, names=holdings.names(user), pseudonym=pseudonym)
        said = {**known, "asked": asked, **counts}
        record(action, actor=by, subject=None, meta=origin, resource_id=pseudonym, **said)

    for _ in range(TRIES - 1):
        try:
            return _erase(user, only, by, entry)
        except (IntegrityError, OperationalError):
            # Something else of theirs was under way: it came in between, or each waited for the
            # other. It is over by now.
            logger.info("Account %s: the erasure is tried again", user.pk)
    return _erase(user, only, by, entry)


def _erase(user: User, only: Q, by: User | None, entry: Callable[..., None]) -> str | None:
    names = holdings.names(user)
    # Both read much and lock nothing, so they come before the transaction.
    mentioned, since = log.mentions(user.pk, names)
    pages = holdings.page_sessions(user)
    with transaction.atomic():
        if by is not None:
            require_over(by, user.pk)
        require_another_admin(user)
        # Locked until all is gone: who signs in meanwhile waits, and finds nobody. Not against
        # new rows that refer to it; their transactions may hold what is to be deleted here.
        present = User.objects.select_for_update(no_key=True).filter(only, pk=user.pk).first()
        if present is None:
            return None
        # The rows go, so this is the last that tells of their end; made nobody's with the others.
        close(tied_to(present, keep=None), how=How.WITH_SESSION)
        pseudonym, names = log.new_pseudonym(), holdings.names(present)
        deleted = _delete_all(present, pages)
        anonymised = _anonymise_all(present)
        anonymised["auditEntries"] += log.anonymise(
            user.pk, pseudonym=pseudonym, names=names, mentioned=mentioned, since=since
        )
        User.objects.filter(pk=user.pk).delete()
        entry(pseudonym, deleted=deleted, anonymised=anonymised)
        return receipts.issue(deleted=deleted, anonymised=anonymised)


def _delete_all(user: User, pages: list[str]) -> Counter[str]:
    deleted: Counter[str] = Counter()
    for kind, rows in holdings.doomed(user):
        deleted[kind] += _gone(rows)
    for kind, rows in holdings.doomed_by_name(user):
        # A row that a failing login holds stays for `sweep`: that login may wait for this one.
        free = rows.select_for_update(skip_locked=True).values_list("pk", flat=True)
        deleted[kind] += _gone(rows.model._base_manager.filter(pk__in=list(free)))  # noqa: SLF001
    deleted["grants"] += remove_grants_on(user.pk)
    deleted["pageSessions"] += _gone(PageSession.objects.filter(pk__in=pages))
    if user.avatar:
        files.discard(user.avatar)
        deleted["avatar"] += 1
    return deleted


def _gone(rows: QuerySet[Any]) -> int:
    """How many of these rows went; what hung on them is not counted."""
    _total, by_model = rows.delete()
    return by_model.get(rows.model._meta.label, 0)  # noqa: SLF001


def _anonymise_all(user: User) -> Counter[str]:
    blanked: Counter[str] = Counter()
    for kind, column, rows in holdings.blanked(user):
        blanked[kind] += rows.update(**{column: None})
    return blanked


def erase_overdue() -> int:
    """Erase the accounts whose thirty days are over, each in a transaction of its own.

    Safe twice at once. One that fails keeps nobody else; the next run tries it again. Raises
    RuntimeError at the end where some did. Returns how many are gone.
    """
    over = Q(deleted_at__lte=timezone.now() - RECOVERY_PERIOD)
    done = failed = 0
    for user in User.objects.filter(over).order_by("deleted_at", "pk").iterator():
        try:
            done += erase(user, only=over, asked="purge") is not None
        except LastAdmin:
            logger.warning("Account %s is past its time and stays: it is the last admin", user.pk)
        except Exception as error:  # noqa: BLE001  the text of a database error quotes the row
            logger.error(  # noqa: TRY400
                "Account %s could not be erased: %s", user.pk, type(error).__name__
            )
            failed += 1
    if failed:
        raise RuntimeError(f"{failed} accounts could not be erased; the log names them.")
    return done


def sweep() -> int:
    """What was written about somebody while they were being erased; how much that was.

    A login that fails, a request that ends: both may have looked the account up just before.
    """
    with transaction.atomic():
        found = log.anonymise_strays(since=timezone.now() - STRAYS)
    for rows, column in (
        (AccessAttempt.objects.all(), "username"),
        (AccessFailureLog.objects.all(), "username"),
        (AccountLock.objects.all(), "key"),
    ):
        holder = User.objects.filter(username=OuterRef(column))
        # Names that nobody has are kept under a hash, which begins with a question mark.
        unknown = rows.exclude(**{f"{column}__startswith": "?"}).filter(~Exists(holder))
        found += unknown.delete()[0]
    return found
