from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import TokenReused
from accounts.models import Session
from accounts.services import rotation, sessions, tokens
from audit.models import AuditEntry
from config.common.errors import SessionRevoked
from notifications.models import OutboxMail
from tests.accounts.races.crowd import unexpected
from tests.factories import UserFactory


@pytest.fixture
def session(transactional_db, meta):
    return sessions.open_session(UserFactory(), meta=meta)


def test_one_token_used_a_hundred_times_at_once_is_one_rotation(crowd, session, meta, rounds, uses):
    held = sessions.tokens_of(session).refresh
    for number in range(1, rounds + 1):
        claims = tokens.read_refresh(held)

        outcomes = crowd.at_once([lambda c=claims: rotation.refresh(c, meta=meta)] * uses)

        assert unexpected(outcomes) == []
        assert len({pair.refresh for pair in outcomes}) == 1
        session.refresh_from_db()
        assert session.generation == number
        held = outcomes[0].refresh
        assert held == sessions.tokens_of(session).refresh


def test_a_copy_used_a_hundred_times_at_once_ends_the_session_and_tells_once(
    crowd, meta, rounds, uses
):
    for _ in range(max(2, rounds // 4)):
        session = sessions.open_session(UserFactory(), meta=meta)
        copy = tokens.read_refresh(sessions.tokens_of(session).refresh)
        crowd.at_once([lambda c=copy: rotation.refresh(c, meta=meta)] * 8)
        # Eleven seconds later.
        Session.objects.filter(pk=session.pk).update(
            rotated_at=timezone.now() - rotation.GRACE - timedelta(seconds=1)
        )

        outcomes = crowd.at_once([lambda c=copy: rotation.refresh(c, meta=meta)] * uses)

        assert all(isinstance(outcome, TokenReused | SessionRevoked) for outcome in outcomes)
        assert not Session.objects.unended().filter(pk=session.pk).exists()
        told = {"action": "TOKEN_REUSED", "resource_id": str(session.pk)}
        assert AuditEntry.objects.filter(**told).count() == 1
        assert OutboxMail.objects.filter(user=session.user, mail="session_reused").count() == 1


def test_owner_and_thief_at_once_leave_one_chain_of_tokens_or_none(crowd, meta, rounds, uses):
    """A stolen older token and the owner's present one, in any order: no second chain."""
    for _ in range(rounds):
        session = sessions.open_session(UserFactory(), meta=meta)
        stolen = tokens.read_refresh(sessions.tokens_of(session).refresh)
        first = rotation.refresh(stolen, meta=meta)
        present = tokens.read_refresh(first.refresh)

        outcomes = crowd.at_once(
            [lambda c=present: rotation.refresh(c, meta=meta)]
            + [lambda c=stolen: rotation.refresh(c, meta=meta)] * 7
            + [lambda c=present: rotation.refresh(c, meta=meta)]
        )

        assert unexpected(outcomes, TokenReused, SessionRevoked) == []
        pairs = [outcome for outcome in outcomes if isinstance(outcome, sessions.Tokens)]
        # Before the owner's use the copy is a twin and gets what the owner holds already.
        assert len({pair.refresh for pair in pairs} - {first.refresh}) <= 1


def test_reading_first_and_writing_later_rotates_more_than_once(
    naive_crowd, session, meta, rounds, uses
):
    def naive():
        found = Session.objects.get(pk=session.pk)
        if found.generation != claims.generation:
            raise TokenReused
        found.generation += 1
        found.rotated_at = timezone.now()
        found.save()
        return sessions.tokens_of(found)

    let_through = 0
    for _ in range(rounds):
        session.refresh_from_db()
        claims = tokens.read_refresh(sessions.tokens_of(session).refresh)
        outcomes = naive_crowd.at_once([naive] * uses)
        let_through = sum(isinstance(outcome, sessions.Tokens) for outcome in outcomes)
        if let_through > 1:
            break

    assert let_through > 1
