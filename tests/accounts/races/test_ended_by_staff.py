"""Whatever staff end is over as it commits: no session is left, no token was minted that lives."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction

from accounts import errors
from accounts.models import Session, User
from accounts.services import challenges, login, rotation, sessions, tokens
from accounts.services.login import SecondFactorNeeded, SignedIn
from accounts.services.staff import access, bulk, credentials
from config.common.errors import SessionRevoked, TokenInvalid
from tests.accounts.authenticator import turned_on
from tests.accounts.races.crowd import unexpected
from tests.factories import PASSWORD, UserFactory, admin

ENDINGS = {
    "suspend": lambda who, by, meta: access.suspend(who.pk, by=by, meta=meta),
    "suspend many": lambda who, by, meta: bulk.suspend([who.pk], by=by, meta=meta),
    "reset": lambda who, by, meta: credentials.reset_password(who.pk, by=by, meta=meta),
    "remove the factor": lambda who, by, meta: credentials.disable_two_factor(
        who.pk, by=by, meta=meta, reason="Lost."
    ),
}


@pytest.fixture
def times(way: str, rounds: int, many_rounds: int) -> int:
    return many_rounds if way in {"suspend", "remove the factor"} else rounds


def usable(refresh_token, meta):
    try:
        rotation.refresh(tokens.read_refresh(refresh_token), meta=meta)
    except SessionRevoked:
        return False
    return True


@pytest.mark.parametrize("way", ENDINGS)
def test_no_refresh_outlives_it(crowd, meta, times, way):
    boss = admin()
    for _ in range(times):
        user = UserFactory()
        turned_on(user)
        held = [sessions.tokens_of(sessions.open_session(user, meta=meta)) for _ in range(4)]
        refreshing = [
            partial(rotation.refresh, tokens.read_refresh(pair.refresh), meta=meta) for pair in held
        ]

        outcomes = crowd.at_once(
            [*refreshing[:2], lambda u=user: ENDINGS[way](u, boss, meta), *refreshing[2:]]
        )

        assert unexpected(outcomes, SessionRevoked) == []
        gained = [pair for pair in outcomes if isinstance(pair, sessions.Tokens)]
        assert not Session.objects.filter(user=user, revoked_at__isnull=True).exists()
        User.objects.filter(pk=user.pk).update(suspended_at=None)
        assert not any(usable(pair.refresh, meta) for pair in [*held, *gained])


@pytest.mark.parametrize("way", ["suspend", "suspend many", "reset"])
def test_no_login_outlives_it(crowd, meta, times, way):
    boss = admin()
    refused = errors.AccountSuspended, errors.InvalidCredentials
    for _ in range(times):
        user = UserFactory()
        sign_in = [lambda u=user: login.sign_in(u.email, PASSWORD, meta=meta)] * 2

        outcomes = crowd.at_once([*sign_in, lambda u=user: ENDINGS[way](u, boss, meta), *sign_in])

        assert unexpected(outcomes, *refused) == []
        gained = [outcome.tokens for outcome in outcomes if isinstance(outcome, SignedIn)]
        assert not Session.objects.filter(user=user, revoked_at__isnull=True).exists()
        User.objects.filter(pk=user.pk).update(suspended_at=None)
        assert not any(usable(pair.refresh, meta) for pair in gained)


@pytest.mark.parametrize("way", ENDINGS)
def test_no_second_half_of_a_login_outlives_it(crowd, meta, times, way):
    boss = admin()
    refused = TokenInvalid, errors.InvalidCredentials, errors.InvalidCode, errors.AccountLocked
    for _ in range(times):
        user = UserFactory()
        app = turned_on(user)
        found = login.sign_in(user.email, PASSWORD, meta=meta)
        assert isinstance(found, SecondFactorNeeded)

        outcomes = crowd.at_once(
            [
                lambda c=found.challenge, a=app: challenges.finish(c, a.backup_codes[0], meta=meta),
                lambda u=user: ENDINGS[way](u, boss, meta),
            ]
        )

        assert unexpected(outcomes, *refused) == []
        assert not Session.objects.filter(user=user, revoked_at__isnull=True).exists()


def test_a_login_that_only_looks_at_the_state_outlives_a_suspension(naive_crowd, meta, many_rounds):
    boss = admin()

    def naive(user):
        with transaction.atomic():
            found = User.objects.get(pk=user.pk)
            if not found.is_active:
                raise errors.AccountSuspended
            return sessions.open_session(found, meta=meta)

    alive = False
    for _ in range(many_rounds):
        user = UserFactory()
        sign_in = [partial(naive, user)] * 15
        naive_crowd.at_once([*sign_in, partial(ENDINGS["suspend"], user, boss, meta), *sign_in])
        alive = Session.objects.filter(user=user, revoked_at__isnull=True).exists()
        if alive:
            break

    assert alive
