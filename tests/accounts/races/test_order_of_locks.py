"""Everything that ends sessions or spends links, at once on one account: nobody waits crosswise."""

from __future__ import annotations

import pytest

from accounts.models import Purpose, User
from accounts.services import (
    alerts,
    login,
    one_time,
    passwords,
    registration,
    rotation,
    sessions,
    tokens,
)
from config.common.errors import DomainError
from tests.accounts.races.conftest import IS_POSTGRESQL
from tests.accounts.races.crowd import unexpected
from tests.factories import PASSWORD, UserFactory

ROUNDS = 25 if IS_POSTGRESQL else 2


@pytest.fixture
def account(transactional_db, meta):
    """An account with open links and several devices, one of them copied; everything it may do."""

    def make():
        user = UserFactory()
        link = {
            purpose: one_time.issue(user, purpose, binding=user.email)
            for purpose in (Purpose.RESET_PASSWORD, Purpose.VERIFY_EMAIL, Purpose.NOT_ME)
        }
        here, there, copied = (sessions.open_session(user, meta=meta) for _ in range(3))
        copy = tokens.read_refresh(sessions.tokens_of(copied).refresh)
        for _ in range(2):
            pair = sessions.tokens_of(copied)
            rotation.refresh(tokens.read_refresh(pair.refresh), meta=meta)
            copied.refresh_from_db()

        return [
            lambda: passwords.change(
                User.objects.get(pk=user.pk), PASSWORD, "Another-Horse1", keep=here.pk, meta=meta
            ),
            lambda: passwords.reset(link[Purpose.RESET_PASSWORD], "Another-Horse2", meta=meta),
            lambda: registration.verify_email(link[Purpose.VERIFY_EMAIL], meta=meta),
            lambda: alerts.not_me(link[Purpose.NOT_ME], meta=meta),
            lambda: login.sign_in(user.email, PASSWORD, meta=meta),
            lambda: passwords.forgot(user.email, meta=meta),
            lambda: sessions.revoke_others(user, keep=here.pk, meta=meta),
            lambda: sessions.revoke(there.pk, of=user, meta=meta),
            lambda: sessions.sign_out(session_ids={here.pk, there.pk}, meta=meta),
            lambda: rotation.refresh(copy, meta=meta),
        ]

    return make


def test_whatever_happens_at_once_nobody_waits_crosswise(crowd, account):
    for _ in range(ROUNDS):
        outcomes = crowd.at_once(account())

        assert unexpected(outcomes, DomainError) == []
