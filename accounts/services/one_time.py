"""Links and challenges: made, looked at, spent once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from accounts.errors import LinkExpired, LinkInvalid
from accounts.models import OneTimeToken, Purpose, User
from accounts.models.token import LIFETIMES, TokenQuerySet
from accounts.services.locks import hold
from config.common.crypto import digest, keyed_hashes, new_token

# A decoy deletes as little as it opens: two of them at once must not wait for each other.
NOBODY: Final = UUID(int=0)


def issue(user: User | None, purpose: str, *, binding: str = "", payload: Any = None) -> str:
    """A new token; earlier ones of the same purpose die. Two statements.

    user: None makes a decoy, which costs the same and opens nothing.
    binding: what must still hold when it is spent, such as the address.
    """
    revoke(user, purpose)
    return add(user, purpose, binding=binding, payload=payload)


def add(user: User | None, purpose: str, *, binding: str = "", payload: Any = None) -> str:
    """A new token beside earlier ones: each alert's "that was not me" works by itself."""
    token = new_token()
    OneTimeToken.objects.create(
        user=user,
        purpose=purpose,
        digest=digest(token),
        binding=_bound(purpose, binding)[0] if binding else "",
        payload=payload,
        expires_at=timezone.now() + LIFETIMES[purpose],
    )
    return token


def reset_link(user: User | None) -> str:
    """For choosing a new password: goes to the address, and dies where the account changes it."""
    return issue(user, Purpose.RESET_PASSWORD, binding=user.email if user else "-")


def revoke(user: User | None, *purposes: str) -> None:
    """Outstanding tokens of these purposes die."""
    OneTimeToken.objects.filter(
        user_id=user.pk if user else NOBODY, purpose__in=purposes, used_at__isnull=True
    ).delete()


def look_up(token: str, *purposes: str) -> OneTimeToken:
    """The token and its user, spending nothing. Raises LinkInvalid, LinkExpired."""
    found = (
        OneTimeToken.objects.select_related("user")
        .filter(digest=digest(token), purpose__in=purposes)
        .first()
    )
    if found is None or found.user is None or found.used_at is not None:
        raise LinkInvalid
    if found.expires_at <= timezone.now():
        raise LinkExpired
    return found


def claim(token: OneTimeToken) -> None:
    """Spend it: one statement, so that of many who try one succeeds. Raises LinkInvalid.

    In a transaction, which has its owner's row from here on.
    """
    if token.user_id is not None:
        hold(token.user_id)
    claimed = OneTimeToken.objects.unspent().filter(pk=token.pk).update(used_at=timezone.now())
    if not claimed:
        raise LinkInvalid


def is_bound(token: OneTimeToken, binding: str) -> bool:
    """Does what it was made for still hold?"""
    return token.binding in _bound(token.purpose, binding)


def is_outstanding(user: User | None, purpose: str, *, binding: str) -> bool:
    """Is one on its way already, made for this binding? Decoys count alike."""
    listed = OneTimeToken.objects.unspent().filter(user=user, purpose=purpose)
    return listed.filter(binding__in=_bound(purpose, binding)).exists()


def outstanding(purpose: str, *, binding: str) -> TokenQuerySet:
    """Anybody's unspent ones that were made for this binding."""
    bound = _bound(purpose, binding)
    return OneTimeToken.objects.unspent().filter(purpose=purpose, binding__in=bound)


def bound(purpose: str, bindings: Iterable[str]) -> set[str]:
    """Those of the bindings that have an unspent token; one statement."""
    owners = {digest: one for one in bindings for digest in _bound(purpose, one)}
    found = OneTimeToken.objects.unspent().filter(purpose=purpose, binding__in=owners)
    return {owners[digest] for digest in found.values_list("binding", flat=True)}


def _bound(purpose: str, binding: str) -> list[str]:
    """Under each key: the first is for new tokens."""
    return keyed_hashes(f"binding:{purpose}", binding)


def count_attempt(token: OneTimeToken, *, most: int) -> int:
    """One wrong code against it; how many are left. The last one spends it."""
    OneTimeToken.objects.unspent().filter(pk=token.pk).update(attempts=F("attempts") + 1)
    attempts = OneTimeToken.objects.values_list("attempts", flat=True).get(pk=token.pk)
    if attempts >= most:
        OneTimeToken.objects.unspent().filter(pk=token.pk).update(used_at=timezone.now())
    return max(0, most - attempts)
