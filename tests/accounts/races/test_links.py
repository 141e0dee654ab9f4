"""Reset, verification, unlock: each link works once, however many click at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from accounts.errors import LinkInvalid
from accounts.models import OneTimeToken, PasswordRecord, Purpose, User
from accounts.services import alerts, one_time, passwords, registration
from audit.models import AuditEntry
from config.common.crypto import digest
from tests.accounts.races.crowd import unexpected
from tests.factories import UserFactory

NEW = "Another-Horse%d"


@dataclass(frozen=True)
class Link:
    """purpose: of the token; action: the entry that a use leaves; use: what the door calls."""

    purpose: str
    action: str
    use: Callable[..., Any]


LINKS = [
    pytest.param(
        Link(
            Purpose.RESET_PASSWORD,
            "PASSWORD_RESET_COMPLETED",
            lambda token, number, meta: passwords.reset(token, NEW % number, meta=meta),
        ),
        id="reset",
    ),
    pytest.param(
        Link(
            Purpose.VERIFY_EMAIL,
            "EMAIL_VERIFIED",
            lambda token, _number, meta: registration.verify_email(token, meta=meta),
        ),
        id="verification",
    ),
    pytest.param(
        Link(
            Purpose.UNLOCK,
            "ADMIN_UNLOCKED",
            lambda token, _number, meta: alerts.unlock(token, meta=meta),
        ),
        id="unlock",
    ),
    pytest.param(
        Link(
            Purpose.NOT_ME,
            "ALL_SESSIONS_REVOKED",
            lambda token, _number, meta: alerts.not_me(token, meta=meta),
        ),
        id="not me",
    ),
]


def make(link: Link) -> tuple[User, str]:
    user = UserFactory()
    return user, one_time.issue(user, link.purpose, binding=user.email)


@pytest.mark.parametrize("link", LINKS)
def test_one_link_used_a_hundred_times_at_once_has_one_effect(link, crowd, meta, rounds, uses):
    for _ in range(rounds):
        user, token = make(link)

        outcomes = crowd.at_once([lambda n=n, t=token: link.use(t, n, meta) for n in range(uses)])

        assert unexpected(outcomes, LinkInvalid) == []
        assert outcomes.count(None) == 1
        assert AuditEntry.objects.filter(action=link.action, user=user).count() == 1
        assert OneTimeToken.objects.get(digest=digest(token)).used_at is not None


def test_of_a_hundred_resets_at_once_the_one_that_succeeded_set_the_password(
    crowd, meta, rounds, uses
):
    for _ in range(max(2, rounds // 4)):
        user = UserFactory()
        token = one_time.issue(user, Purpose.RESET_PASSWORD, binding=user.email)

        outcomes = crowd.at_once(
            [lambda n=n, t=token: passwords.reset(t, NEW % n, meta=meta) for n in range(uses)]
        )

        winner = outcomes.index(None)
        user.refresh_from_db()
        assert user.check_password(NEW % winner)
        assert PasswordRecord.objects.filter(user=user).count() == 2


@pytest.mark.parametrize("link", LINKS)
def test_looking_first_and_spending_later_lets_several_through(
    link, naive_crowd, meta, monkeypatch
):
    def spend_later(found: OneTimeToken) -> None:
        """What `one_time.claim` would be without its condition."""
        if found.used_at is not None:
            raise LinkInvalid
        found.used_at = timezone.now()
        found.save()

    monkeypatch.setattr(one_time, "claim", spend_later)

    let_through = 0
    for _ in range(20):
        _user, token = make(link)
        tasks = [lambda n=n, t=token: link.use(t, n, meta) for n in range(100)]
        let_through = naive_crowd.at_once(tasks).count(None)
        if let_through > 1:
            break

    assert let_through > 1
