"""A suspension that commits leaves nothing alive: not what was there, nor what was on its way."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import errors
from accounts.models import Session, User
from accounts.services import login, rotation, sessions, tokens
from accounts.services.login import SignedIn
from config.common.errors import SessionRevoked
from config.common.request_meta import RequestMeta
from tests.accounts.races.conftest import IS_POSTGRESQL
from tests.accounts.races.crowd import unexpected
from tests.factories import PASSWORD, UserFactory

ROUNDS = 50 if IS_POSTGRESQL else 5


def suspend(user: User) -> datetime:
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(suspended_at=timezone.now())
        sessions.end_all(user)
    return timezone.now()


def lift(user: User) -> None:
    """What was dead stays dead: a state that goes away must not bring a session back."""
    User.objects.filter(pk=user.pk).update(suspended_at=None)


def usable(refresh_token: str, meta: RequestMeta) -> bool:
    try:
        rotation.refresh(tokens.read_refresh(refresh_token), meta=meta)
    except SessionRevoked:
        return False
    return True


def test_no_refresh_outlives_a_suspension(crowd, meta):
    for _ in range(ROUNDS):
        user = UserFactory()
        held = [sessions.tokens_of(sessions.open_session(user, meta=meta)) for _ in range(6)]
        claims = [tokens.read_refresh(pair.refresh) for pair in held]
        tasks = [lambda c=c: rotation.refresh(c, meta=meta) for c in claims]

        outcomes = crowd.at_once([*tasks[:3], lambda u=user: suspend(u), *tasks[3:]])

        assert unexpected(outcomes, SessionRevoked) == []
        gained = [pair for pair in outcomes if isinstance(pair, sessions.Tokens)]
        assert not Session.objects.filter(user=user, revoked_at__isnull=True).exists()
        lift(user)
        assert not any(usable(pair.refresh, meta) for pair in [*held, *gained])


def test_no_login_outlives_a_suspension(crowd, meta):
    refused = errors.AccountSuspended, errors.InvalidCredentials
    for _ in range(ROUNDS):
        user = UserFactory()
        sign_in = [lambda u=user: login.sign_in(u.email, PASSWORD, meta=meta)] * 3

        outcomes = crowd.at_once([*sign_in, lambda u=user: suspend(u), *sign_in])

        assert unexpected(outcomes, *refused) == []
        gained = [outcome.tokens for outcome in outcomes if isinstance(outcome, SignedIn)]
        assert not Session.objects.filter(user=user, revoked_at__isnull=True).exists()
        lift(user)
        assert not any(usable(pair.refresh, meta) for pair in gained)


def test_a_login_that_only_looks_at_the_state_outlives_a_suspension(naive_crowd, meta):
    def naive(user):
        with transaction.atomic():
            found = User.objects.get(pk=user.pk)
            if not found.is_active:
                raise errors.AccountSuspended
            return sessions.open_session(found, meta=meta)

    alive = 0
    for _ in range(ROUNDS):
        user = UserFactory()
        sign_in = [lambda u=user: naive(u)] * 15
        naive_crowd.at_once([*sign_in, lambda u=user: suspend(u), *sign_in])
        lift(user)
        alive += Session.objects.unended().filter(user=user).count()
        if alive:
            break

    assert alive
