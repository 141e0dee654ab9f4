"""One way back, used by many at the same moment."""

from __future__ import annotations

from functools import partial

import pytest
from django.utils import timezone

from accounts.errors import AlreadyActive, InvalidCode, NotDeleted
from accounts.models import User
from accounts.services.lifecycle import activation, deletion
from audit.models import AuditEntry
from notifications.models import OutboxMail
from tests.accounts.authenticator import turned_on
from tests.accounts.races.crowd import unexpected
from tests.factories import PASSWORD, UserFactory

WAYS = [
    pytest.param(
        ("deleted", deletion.recover, "ACCOUNT_RECOVERED", NotDeleted, "account_recovered"),
        id="recover",
    ),
    pytest.param(
        (
            "deactivated",
            activation.reactivate,
            "ACCOUNT_REACTIVATED",
            AlreadyActive,
            "account_reactivated",
        ),
        id="reactivate",
    ),
]


@pytest.mark.parametrize("way", WAYS)
def test_of_many_at_once_one_counts(crowd, rounds, uses, meta, way):
    trait, back, action, refusal, mail = way
    for _ in range(rounds):
        user = UserFactory(**{trait: True})

        outcomes = crowd.at_once([partial(back, user.email, PASSWORD, meta=meta)] * uses)

        assert not unexpected(outcomes, refusal)
        assert outcomes.count(None) == 1
        assert AuditEntry.objects.filter(action=action, user=user).count() == 1
        assert OutboxMail.objects.filter(mail=mail, user=user).count() == 1


def test_one_code_brings_an_account_back_once(crowd, rounds, meta):
    for _ in range(rounds):
        user = UserFactory(deleted=True)
        code = turned_on(user).backup_codes[0]

        outcomes = crowd.at_once(
            [partial(deletion.recover, user.email, PASSWORD, meta=meta, code=code)] * 8
        )

        assert outcomes.count(None) == 1
        assert not unexpected(outcomes, NotDeleted, InvalidCode)


def test_these_tests_would_notice_reading_first(naive_crowd, meta):
    """As it would be written without a conditional UPDATE."""

    def recover_naively(user: User) -> bool:
        present = User.objects.get(pk=user.pk)
        if not present.deleted_at:
            return False
        present.deleted_at = None
        present.save(update_fields=["deleted_at"])
        return True

    effects = []
    for _ in range(5):
        user = UserFactory(deleted_at=timezone.now())
        effects.append(sum(naive_crowd.at_once([partial(recover_naively, user)] * 40)))

    assert max(effects) > 1
