"""The outbox: mail is a row in the caller's transaction first and leaves by a worker later.

At least once: what was asked for is sent, whatever dies in between. A row is tried with growing
waits for a day, then kept as dead until somebody sends it again.
"""

from __future__ import annotations

import logging
import random
import smtplib
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Count, F, Min
from django.utils import timezone

from config.common.bulk import Collector
from notifications.kinds import State
from notifications.models import OutboxMail, OutboxQuerySet
from notifications.services.rendering import compose

logger = logging.getLogger(__name__)

# `with ROWS.together():` one INSERT for the mails to many people.
ROWS: Final = Collector()

LEASE: Final = timedelta(minutes=2)
WAITS: Final = (10, 30, 60, 300, 900, 3600)  # seconds after each failure; the last one repeats
JITTER: Final = 0.1
GIVE_UP_AFTER: Final = timedelta(hours=24)

_DECOY: Final = "decoy"
# As long as what a reset mail carries, so that encrypting and storing it takes as long.
_DECOY_CONTEXT: Final = {"name": "-" * 12, "when": "-" * 24, "lives": "-" * 6, "link": "-" * 96}


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of one batch: mails that left, that will be tried again, that were given up."""

    sent: int = 0
    failed: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """How the outbox does. oldest: age in seconds of the oldest mail on its way, 0 if none is."""

    depth: int
    oldest: int
    dead: int


def enqueue(
    mail: str,
    *,
    to: str,
    user_id: UUID | None = None,
    language: str = "",
    context: Mapping[str, Any],
) -> None:
    """Want a mail: one INSERT in the caller's transaction, sent if and when that commits.

    mail: a folder under `templates/emails`; context: JSON values for its templates.
    """
    _insert(mail, {"to": to, "context": dict(context)}, user_id=user_id, language=language)


def enqueue_decoy() -> None:
    """The same INSERT with nobody to send to: an unknown address costs what a known one costs."""
    _insert(_DECOY, {"to": None, "context": _DECOY_CONTEXT})


def deliver_due(*, limit: int = 20) -> Delivery:
    """Send what is due, up to `limit` mails over one connection. Any number of workers may.

    Not to be called in a transaction: sending takes as long as a mail server likes.
    """
    outcomes: Counter[str] = Counter()
    ready = []
    for row in _lease(limit):
        try:
            # The payload is read here, one by one: a row that no key opens fails alone.
            if row.payload["to"] is None:
                _held(row).delete()
                continue
            ready.append((row, _message(row)))
        except Exception as error:  # noqa: BLE001  whatever one mail raises, the others go out
            frames = "".join(traceback.format_tb(error.__traceback__))
            logger.error(  # noqa: TRY400  the error's own text may quote an address or a link
                "Mail %s (%s) cannot be written: %s\n%s", row.mail, row.pk, _describe(error), frames
            )
            outcomes[_failed(row, error)] += 1
    if ready:
        _send(ready, outcomes)
    return Delivery(
        sent=outcomes[State.SENT], failed=outcomes[State.PENDING], dead=outcomes[State.DEAD]
    )


def replay(ids: Iterable[UUID] | None = None) -> int:
    """Put dead mails back, all of them or those named, with a day ahead of them again.

    Returns how many.
    """
    dead = OutboxMail.objects.dead()
    if ids is not None:
        dead = dead.filter(pk__in=list(ids))
    return dead.update(
        state=State.PENDING,
        attempts=0,
        next_attempt_at=timezone.now(),
        give_up_at=None,
        last_error="",
    )


def hasten(ids: Iterable[UUID]) -> int:
    """Make these mails due now, if they wait for a later attempt. Returns how many did."""
    now = timezone.now()
    waiting = OutboxMail.objects.pending().filter(pk__in=list(ids), next_attempt_at__gt=now)
    return waiting.filter(leased_until__isnull=True).update(next_attempt_at=now)


def figures() -> Figures:
    """For the health check; reads the small indexes of what is on its way and what is dead."""
    waiting = OutboxMail.objects.pending().aggregate(depth=Count("pk"), since=Min("created_at"))
    since = waiting["since"]
    return Figures(
        depth=waiting["depth"],
        oldest=max(0, int((timezone.now() - since).total_seconds())) if since else 0,
        dead=OutboxMail.objects.dead().count(),
    )


def purge(older_than: timedelta) -> int:
    """Remove what was sent longer ago than that. Dead mails stay. Returns how many went."""
    sent = OutboxMail.objects.filter(state=State.SENT, sent_at__lt=timezone.now() - older_than)
    return sent.delete()[0]


def _insert(
    mail: str, payload: dict[str, Any], *, user_id: UUID | None = None, language: str = ""
) -> None:
    ROWS.store(OutboxMail(mail=mail, payload=payload, user_id=user_id, language=language))


def _lease(limit: int) -> list[OutboxMail]:
    """Take what is due for two minutes. A worker that dies with it loses nothing: it is due again.

    The UPDATE decides, since it asks once more whether the row is free; skipping locked rows only
    lets workers that come at once find different ones.
    """
    now = timezone.now()
    due = OutboxMail.objects.due(now)
    if not due.exists():
        return []  # an idle worker opens no transaction, which SQLite would make others wait for
    lease = uuid4()
    with transaction.atomic(durable=True):
        chosen = due.select_for_update(skip_locked=True).order_by("next_attempt_at", "pk")
        ids = list(chosen.values_list("pk", flat=True)[:limit])
        due.filter(pk__in=ids).update(
            lease_id=lease, leased_until=now + LEASE, attempts=F("attempts") + 1
        )
    leased = OutboxMail.objects.filter(lease_id=lease).order_by("next_attempt_at", "pk")
    return list(leased.defer("payload"))


def _message(row: OutboxMail) -> EmailMultiAlternatives:
    return compose(
        row.pk,
        row.mail,
        to=row.payload["to"],
        language=row.language,
        context=row.payload["context"],
    )


def _send(ready: list[tuple[OutboxMail, EmailMultiAlternatives]], outcomes: Counter[str]) -> None:
    connection = get_connection()
    try:
        for position, (row, message) in enumerate(ready):
            try:
                connection.open()  # does nothing where it is open
            except Exception as error:  # noqa: BLE001  a backend may raise anything
                # Nobody answers: the rest of the batch would wait for the same silence.
                for unsent, _ in ready[position:]:
                    outcomes[_failed(unsent, error)] += 1
                return
            if _still_held(row):
                outcomes[_send_one(connection, row, message)] += 1
    finally:
        _hang_up(connection)


def _send_one(
    connection: BaseEmailBackend, row: OutboxMail, message: EmailMultiAlternatives
) -> str:
    try:
        connection.send_messages([message])
    except Exception as error:  # noqa: BLE001  a failing recipient does not stop the others
        permanent = _is_permanent(error)
        if not permanent:
            _hang_up(connection)  # it may be dead; the next mail opens another
        return _failed(row, error, permanent=permanent)
    _held(row).update(
        state=State.SENT,
        sent_at=timezone.now(),
        payload=None,
        lease_id=None,
        leased_until=None,
        last_error="",
    )
    return State.SENT


def _hang_up(connection: BaseEmailBackend) -> None:
    with suppress(OSError):
        connection.close()


def _held(row: OutboxMail) -> OutboxQuerySet:
    """The row, as long as it is ours: a lease that ran out may be somebody else's by now."""
    return OutboxMail.objects.filter(pk=row.pk, lease_id=row.lease_id)


def _still_held(row: OutboxMail) -> bool:
    """Renew the lease for this one mail; false where it was lost or the person erased since."""
    return bool(_held(row).update(leased_until=timezone.now() + LEASE))


def _failed(row: OutboxMail, error: Exception, *, permanent: bool = False) -> str:
    """Note a failure and when to try again. Returns the state that follows, empty if not ours."""
    now = timezone.now()
    give_up_at = row.give_up_at or now + GIVE_UP_AFTER
    state = State.DEAD if permanent or now >= give_up_at else State.PENDING
    reason = _describe(error)
    noted = _held(row).update(
        state=state,
        next_attempt_at=min(now + _wait(row.attempts), give_up_at),
        give_up_at=give_up_at,
        last_error=reason,
        lease_id=None,
        leased_until=None,
    )
    if not noted:
        return ""
    if state == State.DEAD:
        logger.error("Mail %s (%s) given up: %s", row.mail, row.pk, reason)
    else:
        logger.warning("Mail %s (%s) not sent: %s", row.mail, row.pk, reason)
    return state


def _wait(attempts: int) -> timedelta:
    """After so many attempts; not to the second, so that what failed together spreads out."""
    seconds = WAITS[min(max(attempts, 1), len(WAITS)) - 1]
    return timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311


def _is_permanent(error: Exception) -> bool:
    """The server will never take this recipient (RFC 5321, 4.2.1: 5yz)."""
    return isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        500 <= code < 600  # noqa: PLR2004
        for code, _ in error.recipients.values()
    )


def _describe(error: Exception) -> str:
    """The error's class and status code. A server's own words often quote the address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
    else:
        codes = [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []
    return " ".join([type(error).__name__, *map(str, codes)])[:100]
